"""What the line shows to people: one feed per server, pages made from its snapshots."""
