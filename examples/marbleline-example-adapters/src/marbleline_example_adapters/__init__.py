"""A source and a sink for Marbleline, as an example of adapters in a package of their own."""
