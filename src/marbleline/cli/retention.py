"""``marbleline retention``: let go of old pictures."""

import argparse
from typing import Any

from marbleline.cli.options import add_settings, settings_of_a_line


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "retention",
        help="let go of old pictures, by verdict and quota",
        description="Removes pictures from the store that are older than their verdict's days, then the "
        "oldest beyond the quota: good slabs first, faulty ones last. Verdicts, labels and the ledger stay. "
        "A picture that a person has labelled, or that has no verdict yet, is never removed.",
        epilog="Exit code: 0 done, 1 the quota can't be kept without labelled pictures, or the store is "
        "away, 2 usage. Meant to be run once a day.",
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")
    add_settings(parser, "line", "retention")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Sweep and say what went."""
    from marbleline import wiring
    from marbleline.domain.clock import now
    from marbleline.domain.decision import Decision
    from marbleline.workers.retention import Rules, sweep

    settings = settings_of_a_line(args)
    rules = Rules(
        {
            Decision.GOOD: settings.retention_good_days,
            Decision.REVIEW: settings.retention_review_days,
            Decision.FAULTY: settings.retention_faulty_days,
        },
        settings.retention_bytes,
    )
    store = wiring.make_store(settings)
    try:
        swept = sweep(store, rules, now(), dry_run=args.dry_run)
    finally:
        store.close()
    verb = "would be removed" if args.dry_run else "removed"
    print(
        f"{swept.by_age} pictures {verb} for their age, {swept.by_quota} for the quota "
        f"({swept.freed / 1e6:.1f} MB); {swept.labelled} old ones kept for their labels"
    )
    if swept.over:
        print(f"still {swept.over / 1e6:.1f} MB over the quota: what is left is labelled or not judged yet")
    return 1 if swept.over else 0
