"""The console's pages; each is a function that Streamlit runs.

``app.py``, the script that Streamlit starts, is in here as well: Streamlit takes a folder named ``pages``
beside that script for a multi-page app of its own.
"""
