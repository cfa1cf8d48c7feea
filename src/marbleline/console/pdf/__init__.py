"""Reports as PDF, by reportlab. No web framework."""
