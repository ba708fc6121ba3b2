"""What keeps the camera from being seen, in words: one sentence for each state, for as long as it lasts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import streamlit as st

from ui.look.places import place
from ui.look.words import CAMERA_SAYS

ON_DEVICE: Final = "Read on this device: your picture never leaves it"
ON_SERVER: Final = "Read on the server"
TWO_WAYS: Final = "You can also use the demo without a camera, or a photo."


@dataclass(frozen=True, slots=True)
class Trouble:
    """One state.

    Attributes:
        sentence: what is so, and what happens next.
        passes: it is about to pass by itself, so no other way has to be shown.
        reads: expressions are read all the same.
        other_reader: the other place where the picture can be read, as its button calls it, where that helps.
    """

    sentence: str
    passes: bool = False
    reads: bool = False
    other_reader: str = ""


TROUBLES: Final[Mapping[str, Trouble]] = MappingProxyType(
    {
        "starting": Trouble("Waiting for your camera’s picture …", passes=True),
        "asking": Trouble(
            CAMERA_SAYS["asking"],
            passes=True,
        ),
        "denied": Trouble(CAMERA_SAYS["denied"]),
        "missing": Trouble(CAMERA_SAYS["missing"]),
        "busy": Trouble(f"{CAMERA_SAYS['busy']} The page keeps trying."),
        "unplugged": Trouble("The camera was disconnected. Connect it again, and it goes on by itself."),
        "silent": Trouble(
            "The camera is on but sends no picture. The page keeps trying. See whether the camera is paused, "
            "or choose another one."
        ),
        "lost": Trouble("The camera’s connection was lost. The page connects it again.", passes=True),
        "blocked": Trouble(
            "The network blocks the camera picture on its way from your browser to the server. The page "
            "keeps trying.",
            other_reader=ON_DEVICE,
        ),
        "unsupported": Trouble(
            "This browser has no way to send video (WebRTC), or it is switched off.", other_reader=ON_DEVICE
        ),
        "refused": Trouble(
            "Your browser does not accept this site’s settings for the camera’s connection. The operator of "
            "this site finds the reason in the log."
        ),
        "insecure": Trouble(CAMERA_SAYS["insecure"]),
        "simd": Trouble("This browser is too old to read expressions itself.", other_reader=ON_SERVER),
        "slow": Trouble(
            "This device reads slowly, so the page follows late.", reads=True, other_reader=ON_SERVER
        ),
        "reader": Trouble(
            "Reading on this device has stopped. The page tries it again now and then.",
            other_reader=ON_SERVER,
        ),
        "failed": Trouble(f"{CAMERA_SAYS['failed']} Press “Start camera” to try again."),
    }
)
"""By the word in which ``camera_watch.js`` and ``device/camera.js`` tell it."""


def show(trouble: Trouble | None, *, other_reader: bool) -> None:
    """Says what is so, and which other ways there are, in a place that is empty where there is no trouble.

    Args:
        trouble: what is so; None says nothing.
        other_reader: the picture can be read in the other place too.
    """
    said = place()
    if trouble is None:
        return
    ways = [f"Or press “{trouble.other_reader}” below."] if trouble.other_reader and other_reader else []
    with said.container():
        if trouble.passes:
            st.info(trouble.sentence)
        elif trouble.reads:
            st.info(" ".join([trouble.sentence, *ways]))
        else:
            st.warning(" ".join([trouble.sentence, *ways, TWO_WAYS]))
