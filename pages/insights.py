"""The insights page: what was seen, by which expression, and whether following it helped."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from ui.access.signin import INSIGHTS, ask_editor
from ui.app.navigation import through_the_entry
from ui.app.services import catalog_service
from ui.app.setup import IN_THE_LOG
from ui.app.state import session
from ui.insights.page import InsightsState, choose_filter, choose_source, show_report
from ui.look.cards import heading

through_the_entry()
heading("Insights", "What viewers were shown, how it was received, and whether following expressions helped.")

who = ask_editor(INSIGHTS)
content = catalog_service() if who is not None else None
if content is not None:
    if content.problem:
        st.warning(f"**Some titles may be missing.** {IN_THE_LOG}", icon=":material/database_off:")
    source = choose_source(session().page(InsightsState), content)
    wanted = choose_filter(source, datetime.now(UTC)) if source is not None else None
    if source is not None and wanted is not None:
        show_report(source, wanted)
