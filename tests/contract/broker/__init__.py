"""What every broker keeps, one suite per port; ``suite.BrokerSuite`` is all of them."""
