"""The video page: choose a clip, watch it above its expressions, see what would have been shown."""

from __future__ import annotations

import streamlit as st

from ui.app.navigation import through_the_entry
from ui.app.state import session
from ui.look.cards import heading
from ui.video.page import choose_video, show_clip, show_empty, show_end, show_progress, show_result
from ui.video.state import VideoState

through_the_entry()
heading("Video", "Expressions through a clip, and what would have been shown when.")

with st.container(key="panel-video-source"):
    video = choose_video(session().page(VideoState))
    running = video is not None and video.reading is not None and not video.reading.status().is_over
    if video is not None and not running:
        show_clip(video)

if video is None:
    show_empty()
elif running:
    show_progress()
elif video.result is not None:
    show_result(video, video.result)
else:
    show_end(video)
