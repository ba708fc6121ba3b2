"""What keeps the camera from being seen, in words: one sentence for each state, for as long as it lasts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

TWO_WAYS: Final = "You can also use the demo without a camera, or a photo."


@dataclass(frozen=True, slots=True)
class Trouble:
    """One state.

    Attributes:
        sentence: what is so, and what happens next.
        passes: it is about to pass by itself, so no other way has to be shown.
    """

    sentence: str
    passes: bool = False


TROUBLES: Final[Mapping[str, Trouble]] = MappingProxyType(
    {
        "starting": Trouble("Waiting for your camera’s picture …", passes=True),
        "asking": Trouble(
            "Your browser asks whether this page may use the camera. Please answer its question.",
            passes=True,
        ),
        "denied": Trouble(
            "Your browser blocked the camera. Allow it with the camera symbol in the address bar, then start "
            "it again."
        ),
        "missing": Trouble("No camera was found. Connect one, and it starts by itself."),
        "busy": Trouble("Another program uses the camera, or it does not answer. The page keeps trying."),
        "unplugged": Trouble("The camera was disconnected. Connect it again, and it goes on by itself."),
        "silent": Trouble(
            "The camera is on but sends no picture. The page keeps trying. See whether the camera is paused, "
            "or choose another one."
        ),
        "lost": Trouble("The camera’s connection was lost. The page connects it again.", passes=True),
        "blocked": Trouble(
            "The network blocks the camera picture on its way from your browser to the server. The page "
            "keeps trying."
        ),
        "refused": Trouble(
            "Your browser does not accept this site’s settings for the camera’s connection. The operator of "
            "this site finds the reason in the log."
        ),
        "insecure": Trouble(
            "Browsers allow the camera only for pages on this computer or at an https address."
        ),
        "failed": Trouble("The camera did not start. Press “Start camera” to try again."),
    }
)
"""By the word in which ``camera_watch.js`` tells it."""
