"""An industrial camera that is killed again and again: what the line makes of it."""
