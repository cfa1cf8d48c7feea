"""What a user would build instead of Marbleline: no part of the line, run from ``.venv-runtimes``."""
