"""How a picture or video of another shape fills its place: all of it, or which part."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any, Final

import streamlit as st

from content.bootstrap import Content
from content.media.shape import seen_size
from content.types import Asset, AssetType, Fit, Framing
from ui.catalog.form.fields import ChosenAsset, show_errors
from ui.catalog.state import OpenForm
from ui.catalog.words import FIELD_NAMES, FIT_NAMES
from ui.look.words import percent

PLACE: Final = 16 / 9
_SAME: Final = 0.02
"""A shape that differs from the place's by less than this share is taken for the same."""


def framing_fields(content: Content, form: OpenForm, chosen: ChosenAsset) -> dict[str, Any]:
    """Draw the choice, where there is one; returns it as ``content.catalog.editing`` takes it."""
    with st.container():
        return asdict(_framing(content, form, chosen))


def _framing(content: Content, form: OpenForm, chosen: ChosenAsset) -> Framing:
    kept, still = form.seed.framing, _still(chosen.asset)
    if still is None:
        return kept
    size = _size(content, chosen, *still)
    ratio = size[0] / size[1] if size else None
    if ratio is not None and abs(ratio / PLACE - 1) < _SAME:
        return kept
    fit = st.segmented_control(
        FIELD_NAMES["framing"],
        list(Fit),
        default=kept.fit,
        required=True,
        format_func=FIT_NAMES.__getitem__,
        key=form.key("fit"),
        persist_state="session",
    )
    st.caption(shape_words(size, fit))
    framing = replace(kept, fit=fit)
    if fit is Fit.FILL and (ratio is None or ratio > PLACE):
        framing = replace(framing, focus_x=_slider(form, "x", kept.focus_x, "left", "right"))
    if fit is Fit.FILL and (ratio is None or ratio < PLACE):
        framing = replace(framing, focus_y=_slider(form, "y", kept.focus_y, "top", "bottom"))
    show_errors(form, "framing")
    return framing


def _slider(form: OpenForm, axis: str, begin: float, first: str, last: str) -> float:
    return st.slider(
        f"Part in view, from the {first}",
        0.0,
        1.0,
        begin,
        0.05,
        format="percent",
        key=form.key(f"focus-{axis}"),
        help=f"0 % keeps the {first} in view, 100 % the {last}.",
        persist_state="session",
    )


def shape_words(size: tuple[int, int] | None, fit: Fit) -> str:
    """How the file's shape compares with its place's, and what that does to it."""
    if size is None:
        return "Its place is 16:9. When a file of another shape fills it, only a part is in view."
    width, height = size
    ratio = width / height
    taller = ratio < PLACE
    than = f"{width} × {height} pixels: {'taller' if taller else 'wider'} than its place, which is 16:9."
    if fit is Fit.FIT:
        return f"{than} All of it is in view, with bars {'at its sides' if taller else 'above and below it'}."
    cut = "top and bottom are" if taller else "left and right are"
    return f"{than} {percent(min(ratio / PLACE, PLACE / ratio))} of it is in view; {cut} cut off."


def _still(asset: Asset | None) -> tuple[str, str] | None:
    """Location and kind of what fills the place; None where nothing does."""
    if asset is None:
        return None
    if asset.type is AssetType.AUDIO:
        return (asset.poster, "image/webp") if asset.poster else None
    return asset.location, asset.mime_type


def _size(content: Content, chosen: ChosenAsset, location: str, mime_type: str) -> tuple[int, int] | None:
    if chosen.upload is not None:
        return seen_size(chosen.upload.content, mime_type)
    path = content.assets.path(location)
    return seen_size(path, mime_type) if path is not None else None
