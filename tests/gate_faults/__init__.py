"""Breaks every part around a reject gate and checks each slab that passed: ``make gate-faults``."""
