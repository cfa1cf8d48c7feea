"""``marbleline product rehearse``."""

import argparse
import time
from pathlib import Path

from marbleline.cli.options import settings_of
from marbleline.errors import SettingError
from marbleline.settings.line import ModelSettings


def add(parser: argparse.ArgumentParser) -> None:
    """The action's flags."""
    parser.add_argument(
        "--folder",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="an empty folder for pictures and version",
    )
    parser.add_argument(
        "--slabs", type=int, default=200, metavar="N", help="slabs to watch, 100 or more (default: 200)"
    )


def run(args: argparse.Namespace) -> int:
    """Go through commissioning once, on the terminal."""
    from marbleline.domain.version_labels import stable_version

    try:
        from marbleline.training.commission.rehearsal import rehearse
    except ImportError as error:
        raise SettingError(f"teaching needs LiteRT: pip install 'marbleline[litert]' ({error})") from error
    model = settings_of(args, ModelSettings).model
    if args.folder.exists() and any(args.folder.iterdir()):
        raise SettingError(f"--folder {args.folder}: is not empty; name another one")
    begun = time.monotonic()
    rehearse(args.folder, stable_version(model), args.slabs, lambda text: print(text, flush=True))
    print(f"All of it took {time.monotonic() - begun:.0f} s.")
    return 0
