"""What all tests share."""

import os

# As the commands set it, before numpy is imported: no test may depend on the machine being quiet.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from hypothesis import HealthCheck, settings

# The suites are no test files, so pytest has to be told to show what their asserts compared.
pytest.register_assert_rewrite("tests.contract")

# How long an example takes says how busy the machine is: no test asserts a time.
settings.register_profile("line", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("line")
