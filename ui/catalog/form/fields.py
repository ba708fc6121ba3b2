"""What an item shows: its words and its file, each with what is wrong with it at the field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import streamlit as st

from content.actions import Upload
from content.bootstrap import Content
from content.catalog.editing import MIME_TYPES
from content.errors import AssetError, FieldError
from content.media.assets import AssetLimits, inspect
from content.types import Asset, AssetType, Kind
from ui.catalog.problems import error_html, field_words, problem_words
from ui.catalog.state import OpenForm
from ui.catalog.words import FIELD_NAMES
from ui.look.words import escape_markdown

KEEP, UPLOAD, LINK, NONE = "Keep it", "Upload a file", "Link to a file", "None"
TAKEN: Final = (
    "Pictures: PNG, JPEG, GIF or WebP, up to {pictures} MB. Videos: MP4 (H.264) or WebM; sounds: MP3, M4A, "
    "Ogg or WAV; up to {clips} MB. HandBrake or VLC make MP4 of other videos, such as MKV or an iPhone’s "
    "HEVC; Audacity or VLC make MP3 of other sounds."
)
"""What may be dropped, and how to make it of something else."""
TOO_LARGE: Final = (
    "“{names}” was not taken. A file may have {most} MB at most. Take it out or drop a smaller one; until "
    "then nothing is saved."
)
OLD_STAYS: Final = "Drop another file, or choose another way; until then nothing is saved."
PENDING: Final = "media/pending.upload"
"""Where an upload will lie is known once it is stored, when all is valid."""

_FOUND_WORDS: Final[Mapping[AssetType, str]] = {
    AssetType.IMAGE: "picture",
    AssetType.VIDEO: "video",
    AssetType.AUDIO: "sound",
}
_ALT_HELP: Final = (
    "Read aloud to people who cannot see the screen. Say what matters in it, in one sentence, such as "
    "“Two friends share an umbrella”."
)

_refused_files = st.components.v2.component(
    "attune_refused_files", js=Path(__file__).with_name("refused_files.js").read_text(encoding="utf-8")
)


@dataclass(frozen=True, slots=True)
class ChosenAsset:
    """What the asset field holds: an asset as it will be, a file to upload, or what is wrong."""

    asset: Asset | None
    upload: Upload | None = None
    problem: str = ""


def errors_by_place(errors: tuple[FieldError, ...]) -> dict[str, list[str]]:
    """What each field needs, by its dotted name."""
    found: dict[str, list[str]] = {}
    for error in errors:
        found.setdefault(error.field, []).append(field_words(error))
    return found


def show_errors(form: OpenForm, *names: str, more: str = "") -> None:
    """The messages that belong to the field just above, in a place that is kept for them.

    The place is there with and without messages. Columns are known to the browser by where they stand: were
    they moved by a message above them, it would rebuild them and forget what is half typed in them.

    Args:
        form: with the errors.
        names: of fields; ``asset`` stands for ``asset.location`` too.
        more: a message that is not the form's.
    """
    found = [
        message
        for place, messages in form.errors.items()
        if any(place == name or (name and place.startswith(f"{name}.")) for name in names)
        for message in messages
    ]
    with st.container():
        for message in ([more] if more else []) + found:
            st.html(error_html(message, "field-error"))


def words_fields(form: OpenForm, kind: Kind) -> dict[str, str]:
    """Headline, text, an ad's button, and the credit."""
    seed = form.seed
    words = {
        "headline": st.text_input(
            "Headline", seed.headline, key=form.key("headline"), persist_state="session"
        )
    }
    show_errors(form, "headline")
    words["body"] = st.text_area(
        "Text", seed.body, key=form.key("body"), height=96, max_chars=600, persist_state="session"
    )
    show_errors(form, "body")
    if kind is Kind.AD:
        button, link = st.columns([1, 1.6])
        with button:
            words["call_to_action"] = st.text_input(
                "Words on the button",
                seed.call_to_action,
                key=form.key("call_to_action"),
                persist_state="session",
            )
            show_errors(form, "call_to_action")
        with link:
            words["link_url"] = st.text_input(
                "Where it leads",
                seed.link_url,
                key=form.key("link_url"),
                placeholder="https://…",
                persist_state="session",
            )
            show_errors(form, "link_url")
    words["credit"] = st.text_input(
        "Credit",
        seed.credit,
        key=form.key("credit"),
        placeholder="Maker and licence, when it is not your own",
        persist_state="session",
    )
    show_errors(form, "credit")
    return words


def asset_fields(content: Content, form: OpenForm, kind: Kind) -> tuple[ChosenAsset, str]:
    """The file, dropped or linked, and the words for people who cannot see it."""
    with st.container():
        chosen = _asset(content, form)
        if chosen.asset is not None and chosen.asset.location == PENDING:
            found = chosen.asset
            length = f", {found.duration_s:.0f} s long" if found.duration_s else ""
            st.caption(
                f"A {_FOUND_WORDS[found.type]} ({found.mime_type}){length}: read from the file itself."
            )
    show_errors(form, "asset", more=chosen.problem)
    asked = chosen.asset is not None and chosen.asset.type is AssetType.IMAGE
    alt_text = st.text_input(
        FIELD_NAMES["alt_text"],
        form.seed.alt_text,
        key=form.key("alt_text"),
        placeholder="What the picture shows, in a sentence",
        help=_ALT_HELP,
        persist_state="session",
    )
    with st.container():
        if asked and not alt_text.strip() and "alt_text" not in form.errors:
            st.caption("Please describe the picture: it is asked for before publishing.")
    show_errors(form, "alt_text")
    return chosen, alt_text


def _asset(content: Content, form: OpenForm) -> ChosenAsset:
    current = form.seed.asset
    ways = [KEEP, UPLOAD, LINK, NONE] if current else [UPLOAD, LINK, NONE]
    way = st.segmented_control(
        FIELD_NAMES["asset"],
        ways,
        default=ways[0],
        required=True,
        key=form.key("asset-way"),
        persist_state="session",
    )
    if way == KEEP:
        return ChosenAsset(current, form.upload)
    if way == NONE:
        return ChosenAsset(None)
    return _linked(content, form) if way == LINK else _uploaded(content, form)


def _uploaded(content: Content, form: OpenForm) -> ChosenAsset:
    limits = AssetLimits()
    most = max(limits.image_bytes, limits.clip_bytes) // (1024 * 1024)
    file = st.file_uploader(
        "Drop a picture, GIF, video or sound here",
        key=form.key("asset-file"),
        # Files of every kind come here, to be refused in words: what the uploader refuses by its ending never
        # reaches the form. Only what is too large stops in the browser, to fill no memory; `_refused_files`
        # tells of it.
        max_upload_size=most,
        on_change=_forget_dropped,
        args=(form,),
    )
    refused = _refused_files(key=form.key("refused"), on_names_change=lambda: None).names
    st.caption(TAKEN.format(pictures=limits.image_bytes // 1024**2, clips=most))
    if refused:
        return ChosenAsset(form.seed.asset, problem=TOO_LARGE.format(names=refused, most=most))
    if file is None and form.dropped is not None:
        # The uploader forgets its file while another page is shown; the form does not.
        asset, upload = form.dropped
        st.caption(f"“{escape_markdown(upload.name)}” is kept. Drop another file to take its place.")
        return ChosenAsset(asset, upload)
    if file is None:
        # A file goes by "None" alone: until another one is there, the old one stays.
        return ChosenAsset(form.seed.asset, form.upload)
    uploaded = file.getvalue()
    try:
        found = inspect(uploaded, file.name)
    except AssetError as error:
        return ChosenAsset(form.seed.asset, problem=f"{problem_words(error)} {OLD_STAYS}".strip())
    form.dropped = replace(found, location=PENDING), Upload(uploaded, file.name, content.assets)
    return ChosenAsset(*form.dropped)


def _forget_dropped(form: OpenForm) -> None:
    """Called when a file was dropped or taken away by hand."""
    form.dropped = None


def _linked(content: Content, form: OpenForm) -> ChosenAsset:
    link, kind = st.columns([2, 1])
    url = link.text_input(
        "Link", key=form.key("asset-link"), placeholder="https://…/picture.webp", persist_state="session"
    )
    mime_type: Any = kind.selectbox(
        "What it is",
        [None, *MIME_TYPES],
        format_func=lambda m: "By its ending" if m is None else m,
        key=form.key("asset-mime"),
        persist_state="session",
    )
    if not url.strip():
        return ChosenAsset(form.seed.asset, form.upload)
    try:
        return ChosenAsset(content.assets.link(url.strip(), mime_type))
    except AssetError as error:
        return ChosenAsset(None, problem=problem_words(error))
