"""The console's pages; each is a function that Streamlit runs."""
