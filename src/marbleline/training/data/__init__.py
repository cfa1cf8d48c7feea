"""Data sets: gathering, building, and making training examples of them."""
