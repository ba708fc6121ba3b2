"""The catalog page: what viewers are shown, its history, and its export and import as a file."""

from __future__ import annotations

from datetime import UTC, datetime

from ui.access.signin import ask_editor
from ui.app.navigation import through_the_entry
from ui.app.services import catalog_service
from ui.catalog.page import show_catalog
from ui.look.cards import heading

through_the_entry()
heading("Catalog", "The ads, media and themes that viewers are shown, and for which expressions.")

who = ask_editor()
content = catalog_service() if who is not None else None
if who is not None and content is not None:
    show_catalog(content, who.name, datetime.now(UTC))
