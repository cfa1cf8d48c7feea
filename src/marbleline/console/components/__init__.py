"""Parts of a page: functions from a snapshot to HTML, without Streamlit."""
