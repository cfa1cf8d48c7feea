"""``python -m tests.services rabbitmq|elasticsearch start|stop|status``: servers for people."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.services.elasticsearch_node import SearchNode
from tests.services.missing import ServerMissing, cache
from tests.services.rabbitmq_node import RabbitNode
from tests.services.shared import PEOPLE, add_user, remove_user

NODES: Final[dict[str, Callable[[Path], RabbitNode | SearchNode]]] = {
    "rabbitmq": RabbitNode,
    "elasticsearch": SearchNode,
}


def main() -> int:
    """Exit code 0: it is now as asked for; 1: it can't be had, or (status) doesn't run."""
    parser = argparse.ArgumentParser(prog="python -m tests.services", description=__doc__)
    parser.add_argument("server", choices=NODES)
    parser.add_argument("what", choices=("start", "stop", "status"))
    args = parser.parse_args()
    node = NODES[args.server](cache() / args.server)
    if args.what == "start":
        try:
            add_user(args.server, NODES[args.server], PEOPLE)
        except ServerMissing as error:
            print(error, file=sys.stderr)
            return 1
    elif args.what == "stop" and not remove_user(args.server, node, PEOPLE):
        print(f"{args.server}: tests still use it; it ends with the last of them")
        return 0
    pid = node.pid()
    print(f"{args.server}: " + ("does not run" if pid is None else f"{node.url} (pid {pid}, log {node.log})"))
    return int(args.what == "status" and pid is None)


if __name__ == "__main__":
    sys.exit(main())
