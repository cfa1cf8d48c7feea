"""The command line: one module per command, with ``add`` (its flags) and ``run``.

Exit codes: 0 done, 1 failed or something is wrong, 2 usage or settings, 3 declined (``EXIT_DECLINED``),
130 interrupted.
"""

import argparse
import errno
import importlib
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from marbleline import __version__
from marbleline.errors import MarblelineError, SettingError

COMMANDS = {
    "line": "run a whole line on this machine: cameras, encoder, publisher, console",
    "camera": "capture pictures from a source and publish them",
    "cameras": "find the GigE Vision cameras on the network",
    "encoder": "check and decode frames, and compute the model's input",
    "publisher": "classify frames, decide, and publish verdicts",
    "console": "serve the web console",
    "judge": "judge picture files without a line",
    "gate": "inspect slabs at a PLC's trigger and tell it which pass",
    "softplc": "run a PLC in software with a belt and a reject gate, to try a gate station",
    "slab": "fold the verdicts of a slab's frames into one slab verdict",
    "calibrate": "measure how many millimetres a camera's pixel covers, by pictures of a printed board",
    "slabs": "list slab verdicts, or show one with its tiles and defects",
    "sink": "send verdicts and alarms to webhooks and MQTT brokers, alarms by mail",
    "opcua": "serve slab verdicts and products to MES and SCADA over OPC UA",
    "ledger": "count captured, judged, pending and dead-lettered frames",
    "dead-letters": "list, show, replay or discard messages that could not be processed",
    "rejudge": "judge past frames again with another model version",
    "report": "write or send the report of a shift as PDF",
    "retention": "delete old pictures, by verdict and quota",
    "repair": "recover damaged files of the embedded broker and store",
    "selftest": "send known slabs through the running line and check the verdicts",
    "serve": "serve the model over TensorFlow Serving's gRPC API",
    "preflight": "check that a Kubernetes cluster meets the requirements of the chart",
    "train": "train a model version",
    "product": "list, create, set up and teach products, and switch the line to another",
    "sign": "sign a model version",
    "promote": "make a model version the stable one",
    "rollback": "make the previous stable model version stable again",
    "drift": "compare the last hour's pictures and scores with those before",
    "shadow": "report where a candidate differs from the verdicts",
    "evaluate": "evaluate a model version on data sets",
    "dataset": "build a versioned data set from labels",
    "retrain": "fine-tune the stable model version with labels",
}

EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130
EXIT_DECLINED = 3
"""The command worked, and its result is negative: too few labels, refused by the gate, drift. A scheduler
must not retry it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    # numpy reads it when it is imported. Its threads wait for each other by spinning, and on a line whose
    # cores are busy the same arithmetic takes 15 times as long (measured: 42 s instead of 2.8 s).
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    parser = build_parser(words[0] if words else "")
    args = parser.parse_args(words)
    if "run" not in args:
        parser.print_help()
        return EXIT_USAGE
    try:
        code: int = args.run(args)
    except SettingError as error:
        print(f"marbleline: {error}", file=sys.stderr)
        return EXIT_USAGE
    except MarblelineError as error:
        print(f"marbleline: {error}", file=sys.stderr)
        return EXIT_FAILED
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        code = EXIT_FAILED  # the reader of our output has exited
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        code = EXIT_FAILED  # a terminal that was closed, or a disk that is broken: then this line is read
        with suppress(OSError):
            print(f"marbleline: {error}", file=sys.stderr)
    _flush_output()
    return code


def _flush_output() -> None:
    """Flush now: when Python flushes at exit into a closed pipe or terminal, the exit code is 120."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class Parser(argparse.ArgumentParser):
    """Says what is wrong with a flag in a line, without the list of all flags above it."""

    def error(self, message: str) -> NoReturn:
        """Say it and exit."""
        self.exit(EXIT_USAGE, f"{self.prog}: error: {message}\nSee {self.prog} --help\n")


def build_parser(command: str) -> argparse.ArgumentParser:
    """The parser of all commands; only ``command`` has its flags, so that no other is imported."""
    parser = Parser(
        prog="marbleline",
        description="Real-time visual inspection for a marble production line. Judges every slab good, "
        "faulty (crack, dot, joint) or review, which means that a person decides.",
        epilog="`marbleline COMMAND --help` describes a command.",
    )
    parser.add_argument("--version", action="version", version=f"marbleline {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name, text in COMMANDS.items():
        if name == command:
            importlib.import_module(f"marbleline.cli.{name.replace('-', '_')}").add(commands)
        else:
            commands.add_parser(name, help=text)
    return parser
