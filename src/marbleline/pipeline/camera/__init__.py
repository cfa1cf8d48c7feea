"""The camera worker: from a source into the spool, and from the spool to the broker."""
