"""Where a camera's picture is read: on the viewer's device or on the server, and who decides that.

The viewer does. Until then the setting ``ATTUNE_READER`` does; by ``auto`` a browser on the server's own
machine is read by the server, and any other reads by itself, as a camera stream often does not get through a
network. Where one of the two is not to be had, the other is used.
"""

from __future__ import annotations

from concurrent.futures import TimeoutError as NotReadyError

from attune_settings import ReaderChoice, settings
from content.types import Reader
from ui.access.password import is_local, read_visitor
from ui.app.state import session
from ui.live.device.assets import AssetsError, DeviceAssets, shelf
from ui.live.state import LiveState

EXPORT_WITHIN_S = 120.0
"""The first start with a model exports it, which takes some seconds."""


def device_may_read(model: str | None) -> bool:
    """Whether the viewer's device can be given what it needs; False while that is not known yet.

    From any thread.

    Args:
        model: that the session has chosen; None is the app's own, the only one that devices read with.
    """
    return model is None and shelf.ready() is not None


def reader_of(state: LiveState) -> Reader:
    """Where this viewer's picture is read."""
    if state.reader is not None:
        return state.reader
    choice = settings().reader
    if session().model is not None or choice is ReaderChoice.SERVER or shelf.failed():
        return Reader.SERVER
    if choice is ReaderChoice.AUTO and is_local(read_visitor()):
        return Reader.SERVER
    return Reader.DEVICE


def device_assets() -> DeviceAssets | None:
    """What the viewer's device needs, waited for where it is still made; None where it is not to be had."""
    try:
        return shelf.prepare().result(EXPORT_WITHIN_S)
    except (AssetsError, NotReadyError):
        return None
