"""The page that Streamlit runs: the look, and which pages there are."""

from pathlib import Path

import streamlit as st

from marbleline.console.views.live import live_page

HERE = Path(__file__).parent

st.set_page_config(page_title="Marbleline", page_icon=str(HERE / "icon.svg"), layout="wide")
st.html(HERE / "style.css")
st.navigation([st.Page(live_page, title="Live", url_path="live", default=True)], position="hidden").run()
