"""The command line: a module per command, each with ``add`` (its flags) and ``run`` (wires and runs).

Exit codes: 0 done, 1 done but something is wrong, 2 usage or settings, 130 interrupted.
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
    "camera": "take pictures from a source and hand them to the broker",
    "encoder": "check pictures and make the model's input of them",
    "publisher": "ask the model, decide, and publish verdicts",
    "console": "show verdicts in the browser",
    "judge": "judge pictures without a line",
    "webhook": "tell other systems of verdicts and alarms",
    "ledger": "count what was captured, judged, pending and dead-lettered",
    "dead-letters": "list, show, replay or drop frames that could not be processed",
    "rejudge": "judge a span of time again with another model version",
    "retention": "let go of old pictures, by verdict and quota",
    "selftest": "send known slabs through the running line and compare what it says of them",
    "serve": "serve the model over gRPC where TensorFlow Serving has no image",
    "preflight": "say what a Kubernetes cluster lacks for the chart",
    "train": "train a model version",
    "promote": "call a model version stable; the line goes over to it without a restart",
    "rollback": "call the version stable that was so before the last promotion",
    "drift": "compare what the cameras see and the model says with how it was",
    "shadow": "report where a candidate differs from the verdicts that counted",
    "evaluate": "measure a model version on data sets",
    "dataset": "make a versioned data set of labels",
    "retrain": "teach the stable version from labels; the gate says whether it is a candidate",
}

FAILED, USAGE, INTERRUPTED = 1, 2, 130
SAID_NO = 3
"""Nothing failed, and the answer is no: too few labels, refused by the gate, a drift. A scheduler that tries
failures again must not try these."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    parser = build_parser(words[0] if words else "")
    args = parser.parse_args(words)
    if "run" not in args:
        parser.print_help()
        return USAGE
    try:
        code: int = args.run(args)
    except SettingError as error:
        print(f"marbleline: {error}", file=sys.stderr)
        return USAGE
    except MarblelineError as error:
        print(f"marbleline: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        code = FAILED  # whoever read our output has gone
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        code = FAILED  # a terminal that was closed, or a disk that is broken: then this line is read
        with suppress(OSError):
            print(f"marbleline: {error}", file=sys.stderr)
    _let_go_of_what_is_closed()
    return code


def _let_go_of_what_is_closed() -> None:
    """Python flushes on its way out; into a closed pipe or terminal that would be exit code 120."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class Parser(argparse.ArgumentParser):
    """Says what is wrong with a flag in a line, without the list of all flags above it."""

    def error(self, message: str) -> NoReturn:
        """Say it and exit."""
        self.exit(USAGE, f"{self.prog}: error: {message}\nSee {self.prog} --help\n")


def build_parser(command: str) -> argparse.ArgumentParser:
    """The parser of all commands; only ``command`` has its flags, so that no other is imported."""
    parser = Parser(
        prog="marbleline",
        description="Watches a marble production line and says of every slab whether it is good, faulty "
        "(crack, dot, joint) or to be looked at by a person.",
        epilog="`marbleline COMMAND --help` explains a command.",
    )
    parser.add_argument("--version", action="version", version=f"marbleline {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name, text in COMMANDS.items():
        if name == command:
            importlib.import_module(f"marbleline.cli.{name.replace('-', '_')}").add(commands)
        else:
            commands.add_parser(name, help=text)
    return parser
