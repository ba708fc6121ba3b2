"""How the tests of pages read a page and work it, as a person would."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from ui.access.password import Visitor

LOCAL = Visitor(None, (("host", "127.0.0.1:8501"), ("origin", "http://127.0.0.1:8501")))
"""Who sits at the machine that the app runs on."""
ELSEWHERE = Visitor("192.168.1.20", (("host", "192.168.1.5:8501"),))
"""Who looks in from another machine."""


def html(page: AppTest) -> str:
    """Everything that the page says as HTML."""
    return "\n".join(str(element.proto.body) for element in page.get("html"))


def words(page: AppTest) -> str:
    """Everything that the page says in HTML, messages and captions."""
    kinds = ("markdown", "info", "warning", "error", "caption")
    return "\n".join([html(page), *(element.value for kind in kinds for element in page.get(kind))])


def press(page: AppTest, label: str) -> AppTest:
    """Presses the first button of that name."""
    return next(b for b in page.button if b.label == label).click().run()


def field(page: AppTest, kind: str, label: str):
    """The field of that name; ``kind`` as in ``text_input``."""
    return next(w for w in page.get(kind) if w.label == label)
