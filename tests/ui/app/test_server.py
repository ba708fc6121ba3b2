"""What the server process does beside the pages."""

from __future__ import annotations

import inspect

import pytest
from streamlit.watcher import polling_path_watcher

from ui.app.server import CONFIGURATION_LOOK_S, look_at_configuration_seldom


def test_streamlit_looks_at_its_configuration_as_often_as_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    period = "_POLLING_PERIOD_SECS"
    monkeypatch.setattr(polling_path_watcher, period, 0.2)
    look_at_configuration_seldom()
    assert getattr(polling_path_watcher, period) == CONFIGURATION_LOOK_S
    assert period in inspect.getsource(polling_path_watcher.PollingPathWatcher._schedule)
