"""The settings: one typed model per worker, and how they are read from flags, environment and file."""
