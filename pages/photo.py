"""The photo page: choose photos or take one, see their faces and what the catalog would show."""

from __future__ import annotations

import streamlit as st

from ui.app.navigation import through_the_entry
from ui.app.state import session
from ui.look.cards import heading
from ui.photo.page import (
    choose_photos,
    read_new,
    show_empty,
    show_end,
    show_photo,
    show_progress,
    show_summary,
)
from ui.photo.state import PhotoState

through_the_entry()
heading("Photo", "Expressions in your pictures, and what would be shown to the people in them.")

with st.container(key="panel-photo-source"):
    photos = choose_photos(session().page(PhotoState))

read_new(photos)
if not photos.photos:
    show_empty()
elif photos.is_reading:
    show_progress()
else:
    show_end(photos)
    if len(photos.photos) > 1 and photos.results:
        show_summary(photos)
    chosen = photos.chosen
    if chosen is not None:
        show_photo(photos, chosen)
