"""The catalog page as somebody opens it, and two items in its database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from content.bootstrap import Content, open_content
from tests.content.hand import hand
from tests.ui.catalog.builders import SUN, TEA
from tests.ui.pages import LOCAL
from ui.access import password as catalog_access
from ui.access.password import Visitor

PAGE = Path(__file__).parents[3] / "pages" / "catalog.py"


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Opens the page as somebody."""

    def open_page(who: Visitor = LOCAL, password: str | None = None, item: str = "") -> AppTest:
        monkeypatch.setattr(catalog_access, "read_visitor", lambda: who)
        if password is not None:
            monkeypatch.setenv("ATTUNE_EDITOR_PASSWORD", password)
        page = AppTest.from_file(PAGE, default_timeout=60)
        if item:
            page.query_params["item"] = item
        return page.run()

    return open_page


@pytest.fixture
def content() -> Content:
    """The page's own database, with two items in it."""
    opened = open_content()
    hand(opened).save_many(created=[TEA, SUN], deleted={i.item_id: None for i in opened.catalog().items})
    return opened
