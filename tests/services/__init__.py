"""Real servers for tests: found in the environment, run in Docker, or started here.

``python -m tests.services rabbitmq start`` starts one for people. See docs/testing.md for the order in
which a server is looked for, and what each way needs.
"""
