"""The app's entry. Run with ``streamlit run streamlit_app.py``.

Streamlit imports this file once to serve ``app``, and then runs it as a script for every visitor.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

HERE = Path(__file__).parent
PAGES = (
    ("live", "Live", ":material/videocam:"),
    ("photo", "Photo", ":material/photo_camera:"),
    ("video", "Video", ":material/movie:"),
    ("catalog", "Catalog", ":material/dashboard_customize:"),
    ("insights", "Insights", ":material/monitoring:"),
    ("model", "Model", ":material/insights:"),
)


def show_page() -> None:
    """One run of the script: page settings, navigation, and the page that was asked for."""
    from ui.access import signin
    from ui.app.setup import is_set_up, show_not_set_up
    from ui.app.state import session
    from ui.live.state import LiveState
    from ui.look import theming

    st.set_page_config(
        page_title="Attune", page_icon=str(theming.LOGO), layout="wide", initial_sidebar_state="collapsed"
    )
    st.logo(str(theming.LOGO), size="large")
    ready = is_set_up()
    page = st.navigation(
        [
            st.Page(f"pages/{name}.py", title=title, icon=icon, url_path=name, default=name == "live")
            for name, title, icon in PAGES
            if (HERE / "pages" / f"{name}.py").exists()
        ],
        position="top" if ready else "hidden",
    )
    st.set_page_config(page_title=f"{page.title} · Attune")
    if not ready:
        theming.install(theming.DEFAULT_THEME)
        show_not_set_up()
        return
    if signin.has_just_signed_in():
        st.switch_page("pages/catalog.py")
    viewer = session()
    viewer.begin_run()
    theming.install(viewer.page(LiveState).colors if page.title == "Live" else theming.DEFAULT_THEME)
    page.run()
    viewer.end_run()


if __name__ == "__main__":
    show_page()
else:
    from ui.access import remembered
    from ui.app.housekeeping import keep_heaps_small
    from ui.app.server import (
        explain_refusals,
        keep_downloads,
        look_at_configuration_seldom,
        middleware,
        wake_seldom,
    )
    from ui.app.services import opened
    from ui.app.setup import is_set_up
    from ui.live import socket
    from ui.live.device import assets
    from ui.look import files

    keep_heaps_small()
    explain_refusals()
    look_at_configuration_seldom()
    wake_seldom()
    keep_downloads()
    # The log has the reason from the start on, not only when the first visitor comes.
    is_set_up()
    app = st.App(
        __file__,
        lifespan=opened,
        routes=[socket.route(), assets.route(), files.route(), remembered.route()],
        middleware=middleware(),
    )
