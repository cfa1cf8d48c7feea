"""``marbleline calibrate``: print the board, calibrate a camera by pictures of it, list the calibrations."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marbleline.cli.options import add_settings, configuration_of
from marbleline.errors import CalibrationError, SettingError

if TYPE_CHECKING:
    from marbleline.domain.calibration import Calibration

_SQUARE_MM = 35.0


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "calibrate",
        help="measure how many millimetres a camera's pixel covers, by pictures of a printed board",
        description="Prints the board as a PDF, calibrates a camera by pictures of it on the belt, or lists "
        "the calibrations with their expiry. See docs/slabs.md.",
        epilog="Exit code: 0 done, 1 the pictures don't do or a calibration has expired, 2 usage. Example: "
        "marbleline calibrate camera camera-1 board-1.png board-2.png",
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    board = actions.add_parser("board", help="write the board as a PDF of one A4 page")
    board.add_argument("output", type=Path, metavar="FILE", help="the PDF")
    camera = actions.add_parser("camera", help="calibrate a camera by pictures of the board")
    camera.add_argument("camera", metavar="NAME", help="the camera's name")
    camera.add_argument("pictures", type=Path, nargs="+", metavar="PICTURE", help="pictures that it took")
    camera.add_argument(
        "--valid-days", type=float, default=180.0, metavar="DAYS", help="until it expires (default: 180)"
    )
    for one in (board, camera):
        one.add_argument(
            "--square-mm",
            type=float,
            default=_SQUARE_MM,
            metavar="MM",
            help=f"side of a square, measured on the print (default: {_SQUARE_MM:g})",
        )
    listed = actions.add_parser("list", help="the calibrations; exit code 1 if one has expired")
    for one in (camera, listed):
        add_settings(one, "line", "slab")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do what the action says. Raises SettingError if OpenCV is not installed."""
    if args.action == "list":
        return _list(args)
    try:
        from marbleline.adapters.charuco_board import print_board
    except ImportError as error:
        raise SettingError("calibrate: needs OpenCV: pip install 'marbleline[video]'") from error
    if args.action == "board":
        print_board(args.output, args.square_mm)
        print(f"{args.output}: print it at 100 %, and measure a square: {args.square_mm:g} mm")
        return 0
    return _camera(args)


def _camera(args: argparse.Namespace) -> int:
    from marbleline.adapters.charuco_board import find_board
    from marbleline.bootstrap.slab_rules import calibration_folder
    from marbleline.domain.clock import now
    from marbleline.domain.frame import check_name
    from marbleline.operations.calibrate import BoardView, calibrate
    from marbleline.operations.calibration_files import write_calibration

    check_name("camera", args.camera)
    views = []
    for picture in args.pictures:
        try:
            found = find_board(picture.read_bytes(), args.square_mm)
        except OSError as error:
            raise CalibrationError(f"{picture}: can't be read: {error.strerror}") from error
        except CalibrationError as error:
            raise CalibrationError(f"{picture}: {error}") from error
        print(f"{picture}: {len(found.pixels) if found else 0} corners", file=sys.stderr)
        if found:
            views.append(BoardView(found.pixels, found.board_mm, found.width, found.height))
    calibration = calibrate(args.camera, views, now(), args.valid_days)
    path = write_calibration(calibration_folder(configuration_of(args)), calibration)
    print(f"{_line(calibration, now())}\nwritten to {path}")
    return 0


def _list(args: argparse.Namespace) -> int:
    from marbleline.bootstrap.slab_rules import calibration_folder
    from marbleline.domain.clock import now
    from marbleline.operations.calibration_files import read_calibrations

    folder = calibration_folder(configuration_of(args))
    found = read_calibrations(folder)
    if not found:
        print(f"No camera is calibrated: {folder} has no calibration files.")
    for calibration in found.values():
        print(_line(calibration, now()))
    return 1 if any(one.expired(now()) for one in found.values()) else 0


def _line(calibration: "Calibration", now: int) -> str:
    from marbleline.domain.clock import to_iso

    day = to_iso(calibration.expires_at)[:10]
    until = f"EXPIRED on {day}" if calibration.expired(now) else f"valid until {day}"
    return (
        f"{calibration.camera}: {calibration.mm_per_pixel:.4f} mm per pixel of {calibration.width} x"
        f" {calibration.height}, residual {calibration.residual_px:.2f} px,"
        f" {calibration.corners} corners, {until}"
    )
