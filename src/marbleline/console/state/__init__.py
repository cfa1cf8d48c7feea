"""What pages show: the live feed, results of queries, and figures derived from them. No web framework."""
