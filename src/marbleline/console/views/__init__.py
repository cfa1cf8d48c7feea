"""The console's pages; each is a function that Streamlit runs.

Not called ``pages``: beside the main script, Streamlit would take each file of such a folder for a page.
"""
