"""``marbleline sign``: say who made a model version, in a way that nobody else can."""

import argparse
from pathlib import Path
from typing import Any

from marbleline.cli.options import add_settings, settings_of
from marbleline.errors import SettingError
from marbleline.settings.line import ModelSettings


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "sign",
        help="sign a model version",
        description="Reads all files of a version, compares them with its manifest, and writes model.sig "
        "beside it: an Ed25519 signature of the manifest. Workers whose setting "
        "model_public_key_file names the public key refuse a version without it.",
        epilog="Exit code: 0 done, 1 the version is incomplete or changed, 2 usage.",
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--key", type=Path, metavar="FILE", help="the private key (PEM) to sign with")
    what.add_argument(
        "--make-key", type=Path, metavar="FILE", help="make a key: the private one here, FILE.pub beside it"
    )
    parser.add_argument("--version", type=int, metavar="N", help="version to sign (default: the candidate)")
    add_settings(parser, "model")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Sign, or make a key."""
    from marbleline.domain.model import load_version
    from marbleline.domain.version_labels import CANDIDATE, labelled_version

    try:
        from marbleline.adapters.classifiers.signature import make_key, sign_version
    except ImportError as error:
        raise SettingError("sign: needs cryptography: pip install 'marbleline[signing]'") from error
    if args.make_key is not None:
        print(f"{args.make_key} is yours alone; model_public_key_file is {make_key(args.make_key)}")
        return 0
    model = settings_of(args, ModelSettings).model
    if args.version is not None:
        folder: Path | None = load_version(model, args.version)[0]
    else:
        folder = labelled_version(model, CANDIDATE)
    if folder is None:
        raise SettingError(f"sign: no version is labelled {CANDIDATE}; name one, such as --version 2")
    sign_version(folder, args.key)
    print(f"{folder} is signed")
    return 0
