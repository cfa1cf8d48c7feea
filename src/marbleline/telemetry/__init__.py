"""What the line says of itself while it runs."""
