"""One suite a port, inherited by every adapter's test file."""
