"""The camera that is read on the viewer's device: its part of the page, and its readings as a feed."""

from __future__ import annotations

import logging
import secrets
from pathlib import Path
from typing import Final

import streamlit as st

from emotion.baseline import SessionCalibration
from emotion.types import SmoothingOptions
from ui.live.device.assets import DeviceAssets, base_path
from ui.live.device_feed import DeviceFeed
from ui.live.link import Link
from ui.live.scripts import script
from ui.live.trouble import TROUBLES, show

_log = logging.getLogger(__name__)
_camera = st.components.v2.component(
    "attune_device_camera",
    js=script("turns", "recovery", "device/camera"),
    css=Path(__file__).with_name("camera.css").read_text(encoding="utf-8"),
    isolate_styles=False,
)
OFF: Final = "off"
"""What the browser tells of a camera that is off because nobody wants it on."""

WORDS: Final = {"start": "Start camera", "stop": "Stop camera", "camera": "Camera"}


class DeviceCamera(DeviceFeed):
    """One camera on one page of one session, read in the browser.

    Args:
        assets: what the browser runs.
        link: of the page.
        options: how readings become a mood.
        calibration: of this session so far.
        starts: the camera starts by itself, as the viewer has already started it elsewhere.
    """

    def __init__(
        self,
        assets: DeviceAssets,
        link: Link,
        options: SmoothingOptions,
        *,
        calibration: SessionCalibration = SessionCalibration(),  # noqa: B008 (frozen)
        starts: bool = False,
    ) -> None:
        super().__init__(link, options, model_version=assets.model_version, calibration=calibration)
        self._assets = assets
        # Another process may have had this camera started before.
        self._start = secrets.randbelow(2**31) + 1 if starts else 0
        self._told = OFF

    def show(self) -> None:
        """Puts the camera on the page, and what keeps it from being seen; called in each run that does."""
        shown = _camera(
            key="device-camera",
            data={
                "base": base_path(),
                "manifest": dict(self._assets.manifest),
                "words": WORDS,
                "start": self._start,
                "told": f"{self._told} {str(self.hidden).lower()}",
            },
            on_said_change=lambda: None,
        )
        said = shown.said if isinstance(shown.said, dict) else {}
        self.hidden = said.get("hidden") is True
        told = str(said.get("trouble", OFF))
        trouble = TROUBLES.get(told)
        if told != self._told:
            if told == OFF:
                self.hang_up()
            elif trouble is not None and not (trouble.passes or trouble.reads):
                _log.warning("The camera of a device is not seen: %s %s", told, said.get("error", ""))
        self._told = told
        self.trouble = trouble if trouble is not None and not trouble.reads else None
        if trouble is not None and told != "starting":
            show(trouble, other_reader=True)
