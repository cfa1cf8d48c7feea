"""``marbleline retention``: delete old pictures."""

import argparse
from typing import Any

from marbleline.cli.options import add_settings, configuration_of_a_line
from marbleline.settings.retention import RetentionSettings


def add(subparsers: Any) -> None:
    """The command's flags."""
    parser = subparsers.add_parser(
        "retention",
        help="delete old pictures, by verdict and quota",
        description="Deletes pictures from the store that are older than the number of days for their "
        "verdict, then the oldest pictures beyond the quota: those of good slabs first, of "
        "faulty ones last. Verdicts, labels and the ledger stay. A picture that has a label, "
        "or that has no verdict yet, is never deleted.",
        epilog="Exit code: 0 done, 1 the quota can't be met without deleting labelled pictures, or "
        "the store is unavailable, 2 usage. Run it once a day.",
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")
    add_settings(parser, "line", "retention")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Sweep and say what went."""
    from marbleline.bootstrap.adapters import open_store
    from marbleline.domain.clock import now
    from marbleline.domain.decision import Decision
    from marbleline.operations.retention import Rules, sweep

    configuration = configuration_of_a_line(args)
    settings = configuration.read(RetentionSettings)
    rules = Rules(
        {
            Decision.GOOD: settings.retention_good_days,
            Decision.REVIEW: settings.retention_review_days,
            Decision.FAULTY: settings.retention_faulty_days,
        },
        settings.retention_bytes,
    )
    store = open_store(configuration)
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
