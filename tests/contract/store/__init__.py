"""What every store keeps, one suite per port; ``suite.StoreSuite`` is all of them."""
