"""What all tests share."""

import pytest

# The suites are no test files, so pytest has to be told to show what their asserts compared.
pytest.register_assert_rewrite("tests.contract")
