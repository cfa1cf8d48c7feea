"""The model in other runtimes and precisions. Runs in `.venv-runtimes`, apart from the line: numpy only."""
