"""The console's languages. No web framework."""
