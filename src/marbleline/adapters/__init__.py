"""Adapters of the ports: one folder per port, one module or folder per technology."""
