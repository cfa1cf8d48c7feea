"""Login and roles. No web framework."""
