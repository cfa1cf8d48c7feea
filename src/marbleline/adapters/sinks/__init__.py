"""Receivers of verdicts and alarms: webhook, MQTT."""
