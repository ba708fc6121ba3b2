"""The camera on the live page: which of the three ways its picture is read, and when the page takes another.

Read on the viewer's device; sent to this server as video; or, where neither works, sent as small pictures.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import streamlit as st

from attune_settings import settings
from content.types import Reader
from ui.app.fragment import fragment
from ui.app.setup import IN_THE_LOG
from ui.app.state import Preferences, session
from ui.live import reading
from ui.live.ready import model_is_ready
from ui.live.state import LiveState, Source
from ui.live.trouble import ON_DEVICE, ON_SERVER, TROUBLES
from ui.live.turn import IceServers

if TYPE_CHECKING:
    from ui.live.camera import CameraFeed
    from ui.live.device.assets import DeviceAssets
    from ui.live.device.camera import DeviceCamera
    from ui.live.picture_camera import PictureCamera

MOVED = (
    "The camera’s video does not get through to the server. So it is now read on this device, and does not "
    "leave it."
)
BY_SOCKET = (
    "The camera’s video does not get through to the server, and this browser cannot read it by itself. So "
    "small pictures go to this server, up to five a second. They are read in memory and not kept."
)
NO_VIDEO = (TROUBLES["blocked"], TROUBLES["unsupported"])
"""What another start of the camera's stream does not help."""


def camera(state: LiveState) -> None:
    """The camera, or why it cannot be used."""
    reader = reading.reader_of(state)
    with st.spinner("Getting ready …"):
        assets = reading.device_assets() if reader is Reader.DEVICE else None
        ready = assets is not None or model_is_ready()
    if not ready:
        st.error(
            f"**Expressions cannot be read right now.** {IN_THE_LOG} You can use the demo without a camera."
        )
        return
    from ui.live.device.camera import DeviceCamera
    from ui.live.picture_camera import PictureCamera

    if assets is None and reader is Reader.DEVICE:
        reader = state.reader = Reader.SERVER
    by_socket = reader is Reader.SERVER and state.by_socket
    if state.feed is not None and (
        state.feed.reader is not reader or isinstance(state.feed, PictureCamera) is not by_socket
    ):
        state.feed.close()
        state.feed = None
    if state.feed is None:
        state.feed = opened(state, assets)
        state.starts = False
    state.camera_shown = True
    if isinstance(state.feed, DeviceCamera):
        if state.moved:
            st.info(MOVED, icon=":material/swap_horiz:")
        device_camera(state.feed)
    elif isinstance(state.feed, PictureCamera):
        st.info(BY_SOCKET, icon=":material/swap_horiz:")
        picture_camera(state.feed)
    else:
        state.ice = state.ice or IceServers(settings())
        state.feed.show(state.ice.for_browser(may_renew=not state.feed.status(time.monotonic()).live))
        camera_trouble(state.feed)


def opened(state: LiveState, assets: DeviceAssets | None) -> CameraFeed | DeviceCamera:
    """A camera of the way that holds now.

    Args:
        state: of the page.
        assets: what the viewer's browser reads with; None where this server reads.
    """
    from ui.live.camera import CameraFeed
    from ui.live.device.camera import DeviceCamera
    from ui.live.picture_camera import PictureCamera

    smoothing = session().page(Preferences).smoothing
    if assets is not None:
        starts = state.moved or state.starts
        return DeviceCamera(assets, state.link, smoothing, calibration=state.calibration, starts=starts)
    if state.by_socket:
        return PictureCamera(state.link, smoothing, model=session().model, calibration=state.calibration)
    return CameraFeed(smoothing, model=session().model, calibration=state.calibration)


@fragment()
def camera_trouble(feed: CameraFeed) -> None:
    """What keeps the camera from being seen."""
    feed.show_trouble(device_may_read=reading.device_may_read(session().model))
    session().page(LiveState).link.wake()


@fragment()
def device_camera(feed: DeviceCamera) -> None:
    """The camera that is read on the device, and what keeps it from being seen."""
    feed.show()
    state = session().page(LiveState)
    state.link.wake()
    if feed.cannot_read and not state.device_fails:
        state.device_fails = True
        if state.moved:
            # It was to be read on the server, and that is where it goes back to.
            state.reader, state.moved, state.by_socket = None, False, True
            st.rerun()


@fragment()
def picture_camera(feed: PictureCamera) -> None:
    """The camera whose small pictures go to the server, and what keeps it from being seen."""
    feed.show_on_page()
    session().page(LiveState).link.wake()


def reader_switch(state: LiveState) -> None:
    """The button to the other place where the picture can be read, where there is one."""
    reads_here = reading.reader_of(state) is Reader.DEVICE
    state.switch_hidden = not reads_here and (
        state.device_fails or not reading.device_may_read(session().model)
    )
    if state.switch_hidden:
        return
    words = ON_SERVER if reads_here else ON_DEVICE
    icon = ":material/dns:" if reads_here else ":material/phonelink_lock:"
    other = Reader.SERVER if reads_here else Reader.DEVICE
    st.button(
        words, icon=icon, key="switch-reader", width="stretch", on_click=take_reader, args=(state, other)
    )


def take_reader(state: LiveState, reader: Reader) -> None:
    """Takes over where the picture is to be read; a callback, as in ``ui.live.page``."""
    state.reader, state.page_is_late = reader, True
    state.moved = state.by_socket = False


def switch_is_late(state: LiveState, model: str | None) -> bool:
    """Whether the page was drawn without the switch and could have it by now; from any thread.

    So it is where a page was open while the first start exported the networks.

    Args:
        state: of the page.
        model: that its session has chosen.
    """
    if state.source is Source.DEMO or not state.switch_hidden or state.device_fails:
        return False
    return reading.device_may_read(model)


def needs_other_passwords(state: LiveState) -> bool:
    """Whether the page's passwords for TURN have ended, or soon do, while no stream uses them."""
    feed = state.feed
    if feed is None or feed.reader is Reader.DEVICE or state.ice is None:
        return False
    status = feed.status(time.monotonic())
    return not status.live and not status.connecting and state.ice.is_due()


def moves_to_device(state: LiveState) -> bool:
    """Whether the picture should be read on the device because it does not reach the server; then it is.

    Who has chosen the server is asked: the page says what is wrong and names the button, and stays.
    """
    if state.source is Source.DEMO or state.feed is None or state.reader is not None:
        return False
    if state.feed.trouble not in NO_VIDEO:
        return False
    if state.device_fails or not reading.device_may_read(session().model):
        return False
    state.reader, state.moved = Reader.DEVICE, True
    return True


def moves_to_socket(state: LiveState) -> bool:
    """Whether pictures should come over the socket, as there is no other way; then they do."""
    if state.source is Source.DEMO or state.feed is None or state.feed.reader is Reader.DEVICE:
        return False
    if state.by_socket or state.feed.trouble not in NO_VIDEO:
        return False
    if not state.device_fails and reading.device_may_read(session().model):
        return False
    state.by_socket = True
    return True
