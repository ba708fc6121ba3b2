"""Pages run without a browser: a world of its own for each, and no WebRTC runtime behind them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import script_runner
from streamlit.testing.v1 import AppTest

from attune_settings import settings
from content.bootstrap import open_content
from ui.live.admission import admission

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def fresh_services() -> Iterator[None]:
    """No test sees the catalog, the model or the settings of another."""
    st.cache_resource.clear()
    settings.cache_clear()
    admission.cache_clear()
    yield
    st.cache_resource.clear()
    settings.cache_clear()
    admission.cache_clear()


@pytest.fixture(autouse=True)
def on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """AppTest has no connection, so its visitors would count as some on other machines."""
    monkeypatch.setenv("ATTUNE_READER", "server")


@pytest.fixture(scope="session")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database as the app's first start leaves it: tables, and the starter catalog."""
    path = tmp_path_factory.mktemp("first-start") / "attune.db"
    open_content(f"sqlite:///{path}").close()
    return path


@pytest.fixture(autouse=True)
def started_before(own_world: None, first_start: Path, tmp_path: Path) -> None:
    """A copy of that database: making it takes longer than most pages do."""
    shutil.copy(first_start, tmp_path / "attune.db")


@pytest.fixture(autouse=True)
def no_cleaning_after_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit empties Keras' state after every script run, some seconds in a process that has trained.

    The app never loads Keras; here it is only what other tests brought along.
    """
    monkeypatch.setattr(script_runner, "_clean_problem_modules", lambda: None)


_installed_components = cache(manifest_scanner.scan_component_manifests)


@pytest.fixture(autouse=True)
def one_look_for_components(monkeypatch: pytest.MonkeyPatch) -> None:
    """AppTest reads the metadata of every installed package for every visit; what is installed stays."""
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", _installed_components)


_init = PagesManager.__init__


def pages_by_navigation(self: PagesManager, *args: Any, **kwargs: Any) -> None:
    """As on a server that has run the entry once.

    AppTest forgets before every run that the app calls ``st.navigation``, and would run the pages of the
    folder by themselves.
    """
    PagesManager.uses_pages_directory = False
    _init(self, *args, **kwargs)


@pytest.fixture
def open_app(monkeypatch: pytest.MonkeyPatch) -> Callable[[], AppTest]:
    """``open_app()``: a visitor's session of the whole app on its first page."""

    def open_session() -> AppTest:
        import streamlit_webrtc.component

        # Outside a server there is no session whose runs streamlit-webrtc could count.
        monkeypatch.setattr(streamlit_webrtc.component, "get_this_session_info", lambda: None)
        monkeypatch.setattr(PagesManager, "__init__", pages_by_navigation)
        return AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()

    return open_session
