"""Commissioning: a product is taught from labelled slabs of its own, and its decisions get a stated risk."""
