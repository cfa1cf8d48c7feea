"""Logs, metrics, traces and health of a running worker."""
