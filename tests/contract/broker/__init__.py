"""What every broker keeps, by concern; ``suite.BrokerSuite`` is all of it."""
