"""The tests. A package, so that they can share ``tests.builders`` and the contract suites."""
