"""The camera that is read on the viewer's device: its part of the page, and its readings as a feed."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import streamlit as st

from emotion.baseline import SessionCalibration
from emotion.types import SmoothingOptions
from ui.live.device.assets import DeviceAssets, base_path
from ui.live.device_feed import DeviceFeed
from ui.live.link import Link
from ui.live.scripts import script
from ui.live.trouble import TROUBLES, Trouble, show

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


def start_number() -> int:
    """A number with which the browser starts the camera by itself, once for each."""
    # Another process may have had this camera started before.
    return secrets.randbelow(2**31) + 1


class CameraOnPage:
    """The camera that the page itself opens, and what its browser tells of it.

    Attributes:
        told: in one word what is so.
        hidden: the page is out of sight.
        trouble: what keeps the camera from being read, or None.

    Args:
        start: see ``start_number``; 0 leaves the start to the viewer.
    """

    def __init__(self, start: int) -> None:
        self._start = start
        self.told = OFF
        self.hidden = False
        self.trouble: Trouble | None = None

    def show(self, manifest: Mapping[str, Any] | None) -> bool:
        """Puts it on the page, and what keeps it from being seen; called in each run that does.

        Args:
            manifest: what the browser reads with, see ``DeviceAssets``; None has it send pictures.

        Returns:
            Whether it has just been switched off.
        """
        shown = _camera(
            key="device-camera",
            data={
                "base": base_path(),
                "manifest": None if manifest is None else dict(manifest),
                "words": WORDS,
                "start": self._start,
                "told": f"{self.told} {str(self.hidden).lower()}",
            },
            on_said_change=lambda: None,
        )
        said = shown.said if isinstance(shown.said, dict) else {}
        self.hidden = said.get("hidden") is True
        told = str(said.get("trouble", OFF))
        trouble = TROUBLES.get(told)
        is_new, self.told = told != self.told, told
        if is_new and trouble is not None and not (trouble.passes or trouble.reads):
            _log.warning("The camera of a device is not seen: %s %s", told, said.get("error", ""))
        self.trouble = trouble if trouble is not None and not trouble.reads else None
        show(trouble if told != "starting" else None, other_reader=manifest is not None)
        return is_new and told == OFF


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
        self._shown = CameraOnPage(start_number() if starts else 0)

    @property
    def cannot_read(self) -> bool:
        """The browser has said that it cannot read by itself."""
        return self._shown.told == "simd"

    def show(self) -> None:
        """Puts the camera on the page, and what keeps it from being seen; called in each run that does."""
        if self._shown.show(self._assets.manifest):
            self.hang_up()
        self.hidden, self.trouble = self._shown.hidden, self._shown.trouble
