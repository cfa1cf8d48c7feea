"""What runs once and exits: ledger, audit, dead letters, retention, rejudge, repair, self-test, preflight."""
