"""The command line: one module per command."""


def main() -> int:
    """Placeholder until the commands are wired."""
    return 2
