"""``marbleline serve``: the model over TensorFlow Serving's API, where it has no image."""

import argparse
from typing import Any

from marbleline.cli.options import add_settings, settings_of
from marbleline.cli.process import add_supervised, start


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "serve",
        help="serve the model over gRPC where TensorFlow Serving has no image",
        description="Serves the versions of a model over TensorFlow Serving's gRPC API, on LiteRT: Predict, "
        "GetModelMetadata, GetModelStatus and gRPC's health check. New versions and moved labels are picked "
        "up while it runs. Runs until SIGTERM. See docs/serving.md.",
        epilog="Exit code: 0 stopped, 1 it could not go on, 2 usage.",
    )
    add_settings(parser, "model", "log_format", "log_level", "health_port", "health_host", "serve")
    add_supervised(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop."""
    from marbleline import wiring
    from marbleline.telemetry.health import Health, serving

    settings = settings_of(args)
    stop = start(settings, "serve", supervised=args.supervised)
    server = wiring.make_server(settings)
    print(f"Listening on {settings.serve_host}:{server.port}", flush=True)
    health = Health()
    pulse = health.pulse("versions")
    try:
        with serving(health, settings.health_host, settings.health_port):
            server.watch(settings.serve_poll_s, stop, pulse)
    finally:
        server.close()
    return 0
