"""The camera that is read on the viewer's device: its part of the page, and its readings as a feed."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any, Final

import streamlit as st

from emotion.baseline import SessionCalibration
from emotion.types import SmoothingOptions
from ui.live.device.assets import DeviceAssets, base_path
from ui.live.device_feed import DeviceFeed
from ui.live.link import Link

_HERE: Final = Path(__file__).parent
_camera = st.components.v2.component(
    "attune_device_camera",
    js=(_HERE / "camera.js").read_text(encoding="utf-8"),
    css=(_HERE / "camera.css").read_text(encoding="utf-8"),
    isolate_styles=False,
)
_SERVER = "You can also let the server read the picture: see below."
_START = "then start again."
WORDS: Final[dict[str, Any]] = {
    "start": "Start camera",
    "stop": "Stop camera",
    "camera": "Camera",
    # By the names that browsers give their errors, and some of this page's own.
    "problems": {
        "NotAllowedError": "Your browser blocked the camera. Allow it with the camera symbol in the address "
        f"bar, {_START}",
        "NotFoundError": f"No camera was found on this device. Connect one, {_START}",
        "OverconstrainedError": f"That camera is not there any more. Choose another one, {_START}",
        "NotReadableError": "Another program uses the camera, or the camera does not answer. Close that "
        f"program, {_START}",
        "AbortError": f"The camera does not answer. Connect it again, {_START}",
        "insecure": "Browsers allow the camera only for pages on this computer or at an https address.",
        "ended": f"The camera was unplugged or taken away. Connect it again, {_START}",
        "simd": f"This browser is too old to read expressions itself. {_SERVER}",
        "slow": f"This device reads slowly, so the page follows late. {_SERVER}",
        "reader": f"Reading on this device has stopped twice. Start again, or reload the page. {_SERVER}",
        "other": "The camera did not start. Start it again, or use the demo or a photo: see below.",
    },
}


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

    def show(self) -> None:
        """Puts the camera on the page; called in every script run that shows it."""
        _camera(
            key="device-camera",
            data={
                "base": base_path(),
                "manifest": dict(self._assets.manifest),
                "words": WORDS,
                "start": self._start,
            },
        )
