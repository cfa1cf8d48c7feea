"""What travels along the line: no server, no framework."""
