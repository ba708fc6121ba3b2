"""Parts that run alone: each has nothing after it in its container, and no page makes one by itself."""

from __future__ import annotations

import ast
from pathlib import Path

from streamlit.testing.v1 import AppTest

from ui.app import fragment as fragment_module

ROOT = Path(__file__).resolve().parents[3]


def page() -> None:
    import streamlit as st

    from ui.app.fragment import fragment

    @fragment()
    def count(words: str) -> None:
        st.session_state.setdefault("runs", 0)
        st.session_state.runs += 1
        st.button("Again")
        st.write(f"{words} {st.session_state.runs}")

    st.session_state.setdefault("pages", 0)
    st.session_state.pages += 1
    count("Run")
    st.button("End")
    st.write(f"Page {st.session_state.pages}")


def test_a_fragment_is_alone_in_its_container_and_still_runs_by_itself() -> None:
    app = AppTest.from_function(page).run()
    assert not app.exception
    first, *after = app.main.children.values()
    assert [part.type for part in after] == ["button", "markdown"]
    assert len(first.children) == 1
    assert [button.label for button in first.children[0].button] == ["Again"]

    app.button[0].click().run()
    assert [text.value for text in app.markdown] == ["Run 2", "Page 2"]


def test_pages_make_fragments_only_so() -> None:
    """What stands after a bare ``st.fragment`` can vanish, such as the button that ends the camera."""
    own = Path(fragment_module.__file__)
    sources = [*ROOT.glob("ui/**/*.py"), *ROOT.glob("pages/*.py"), ROOT / "streamlit_app.py"]
    bare = [
        path.relative_to(ROOT)
        for path in sources
        if path != own
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "fragment"
    ]
    assert bare == []
