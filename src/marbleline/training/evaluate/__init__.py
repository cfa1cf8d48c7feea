"""Evaluation of a version: metrics, thresholds, the gate."""
