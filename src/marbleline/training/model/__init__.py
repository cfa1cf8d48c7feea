"""The network: its parts, training from scratch, and export."""
