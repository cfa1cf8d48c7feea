"""Pieces of the screen: functions from a snapshot to markup, without Streamlit."""
