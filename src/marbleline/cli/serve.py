"""``marbleline serve``: the model over TensorFlow Serving's API, where it has no image."""

import argparse
from typing import Any

from marbleline.cli.options import add_settings, add_supervised, configuration_of
from marbleline.settings.serve import ServeSettings


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "serve",
        help="serve the model over TensorFlow Serving's gRPC API",
        description="Serves the versions of a model over TensorFlow Serving's gRPC API, on LiteRT, for "
        "machines without an image of TensorFlow Serving: Predict, GetModelMetadata, "
        "GetModelStatus and gRPC's health check. Loads new versions and follows moved labels "
        "while it runs. Runs until SIGTERM. See docs/serving.md.",
        epilog="Exit code: 0 stopped, 1 failed, 2 usage.",
    )
    add_settings(
        parser,
        *("model", "model_public_key_file", "log_format", "log_level", "health_port", "health_host", "serve"),
    )
    add_supervised(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop."""
    from marbleline.bootstrap import serve
    from marbleline.bootstrap.process import start

    configuration = configuration_of(args)
    stop = start(configuration, "serve", supervised=args.supervised)
    host = configuration.read(ServeSettings).serve_host
    serve.run(configuration, stop, lambda port: print(f"Listening on {host}:{port}", flush=True))
    return 0
