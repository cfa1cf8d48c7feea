"""The rows of the bench, one module each; ``run(quick)`` measures and returns a ``report.Result``."""
