"""The photo page's camera: one sentence for each reason for which there is none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ui.photo.state import PhotoState

WAITING: Final = "Allow the camera when your browser asks."
PROBLEMS: Final[Mapping[str, str]] = {
    "NotAllowedError": "Your browser blocks the camera. Allow it with the camera symbol in the address bar, "
    "then try again.",
    "NotFoundError": "This device has no camera that the browser can see. Connect one, or upload a photo.",
    "NotReadableError": "The camera does not start; another program may be using it. Close that program, "
    "then try again.",
    "insecure": "Browsers allow the camera only for pages on this computer or at an https address. Upload a "
    "photo instead.",
}
"""What the browser calls it → what a person reads."""
OTHER_PROBLEM: Final = "The camera did not start. Try again, or upload a photo."
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
