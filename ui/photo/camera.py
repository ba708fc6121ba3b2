"""The photo page's camera: one sentence for each reason for which there is none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ui.look.words import CAMERA_SAYS
from ui.photo.state import PhotoState

INSTEAD: Final = "You can also upload a photo."
WAITING: Final = CAMERA_SAYS["asking"]
PROBLEMS: Final[Mapping[str, str]] = {
    "NotAllowedError": CAMERA_SAYS["denied"],
    "NotFoundError": f"{CAMERA_SAYS['missing']} {INSTEAD}",
    "NotReadableError": f"{CAMERA_SAYS['busy']} Close that program, then try again.",
    "insecure": f"{CAMERA_SAYS['insecure']} {INSTEAD}",
}
"""What the browser calls it → what a person reads."""
OTHER_PROBLEM: Final = f"{CAMERA_SAYS['failed']} Try again. {INSTEAD}"
READY: Final = "ready"

_question = st.components.v2.component(
    "attune_camera_question", js=Path(__file__).with_name("camera_question.js").read_text(encoding="utf-8")
)


def take_photo(photos: PhotoState) -> UploadedFile | None:
    """The camera with its button, or what keeps it from starting; returns the photo that was taken."""
    key = f"photo-camera-question-{photos.camera_tries}"
    with st.container(key="photo-camera-asked"):
        said = _question(key=key, on_said_change=lambda: None).said
    if said == READY:
        return st.camera_input(
            "Look into the camera and take the photo",
            resolution="720p",
            key=f"photo-camera-{photos.serial}",
        )
    if not said:
        st.info(WAITING, icon=":material/photo_camera:")
        return None
    st.warning(PROBLEMS.get(said, OTHER_PROBLEM), icon=":material/no_photography:")
    st.button("Try again", icon=":material/refresh:", on_click=photos.try_camera_again)
    return None
