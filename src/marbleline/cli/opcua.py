"""``marbleline opcua``: serve slab verdicts and products to MES and SCADA over OPC UA Machine Vision."""

import argparse
from typing import Any

from marbleline.cli.options import add_settings, add_supervised, configuration_of


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "opcua",
        help="serve slab verdicts and products to MES and SCADA over OPC UA",
        description="Serves the line as a vision system over OPC UA, with parts of OPC 40100-1 (Machine "
        "Vision): its state, jobs, ResultReady events, results by id and filter, and the products as "
        "recipes. Encrypted, and for the users of opcua_users_file only. The line inspects every slab "
        "whatever a client does. Runs until SIGTERM. See docs/opcua.md.",
        epilog="Example: marbleline opcua --slabs true --opcua-users-file opcua-users --opcua-host 0.0.0.0 "
        "--opcua-node-set Opc.Ua.MachineVision.NodeSet2.xml. "
        "Exit code: 0 stopped, 1 failed, 2 usage.",
    )
    add_settings(parser, "line", "opcua")
    add_supervised(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop."""
    from marbleline.bootstrap import opcua
    from marbleline.bootstrap.process import start
    from marbleline.bootstrap.shipped_model import with_shipped_model
    from marbleline.settings.opcua import OpcuaSettings

    configuration = with_shipped_model(configuration_of(args))
    options = opcua.options_of(configuration)
    stop = start(configuration, "opcua", supervised=args.supervised)
    host = configuration.read(OpcuaSettings).opcua_host
    opcua.run(configuration, options, stop, lambda port: print(f"Listening on {host}:{port}", flush=True))
    return 0
