"""What the workers ask of the world. The docstrings are the promises; one contract suite holds each."""
