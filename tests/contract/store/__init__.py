"""What every store keeps, by concern; ``suite.StoreSuite`` is all of it."""
