"""The web console: one live feed per server, pages made from its snapshots."""
