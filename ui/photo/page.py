"""The parts of the photo page: bringing photos, reading them beside the page, showing what they say."""

from __future__ import annotations

import base64
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.formparsers import MultiPartParser
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from attune_settings import settings
from content.choosing.eligibility import History
from content.types import Kind, Moment, PickContext, Strategy
from emotion.bootstrap import create_photo_analyzer
from emotion.faces import BgrImage
from emotion.images import EXTENSIONS, ImageLimits
from emotion.labels import EMOTIONS, label_of
from emotion.types import EmotionScores, FaceReading
from ui.app.presence import presence
from ui.app.services import catalog_service
from ui.app.state import Preferences, session
from ui.app.task import Cancelled, Progress, Stage, Task
from ui.look import cards
from ui.look.files import serve
from ui.look.strategy import choose_strategy
from ui.look.words import (
    EXPRESSIONS,
    KINDS,
    counted,
    energy,
    escape_markdown,
    listed,
    percent,
    pleasantness,
    sentence,
    sureness,
    time_left,
)
from ui.photo.reading import (
    Analyzer,
    PageLimits,
    PhotoReading,
    PhotoResult,
    annotated_jpeg,
    as_csv,
    as_json,
    as_zip,
    file_stem,
    read_result,
    unique_name,
)
from ui.photo.state import Photo, PhotoState

UPLOAD, CAMERA = "Upload photos", "Take a photo"
LIMITS = PageLimits()
TICK_S = 0.5
FILE_LIMIT_MB = ImageLimits().max_bytes // 2**20
WAIT_ONE_S, WAIT_MANY_S = 3.0, 0.4
"""How long the page waits for a reading before it shows how far it is."""
FAILED = "Photos cannot be analysed at the moment."
FACES_AT_ONCE = 24
STRIP = 14

_log = logging.getLogger(__name__)
_HERE = Path(__file__).parent
_viewer = st.components.v2.component(
    "attune_photo_viewer", js=(_HERE / "photo_viewer.js").read_text(encoding="utf-8"), isolate_styles=False
)
_table = st.components.v2.component(
    "attune_photo_table", js=(_HERE / "photo_table.js").read_text(encoding="utf-8"), isolate_styles=False
)


# --- bringing photos -----------------------------------------------------------------------------------


def keep_uploads_in_memory() -> None:
    """Stop uploads from passing through the disk.

    Starlette parks files over 1 MB in a nameless temporary file while they arrive. The page promises that a
    photo is in memory only, so the limit is raised to what an upload may be at most.
    """
    limit = int(st.get_option("server.maxUploadSize") or 200) * 1024 * 1024
    MultiPartParser.spool_max_size = max(MultiPartParser.spool_max_size, limit + 1)


def choose_photos(photos: PhotoState) -> PhotoState:
    """The two ways to bring photos; what is taken off is forgotten, what is new is read."""
    keep_uploads_in_memory()
    photos.on_page = True
    way = st.segmented_control(
        "Where the photos come from",
        (UPLOAD, CAMERA),
        default=UPLOAD,
        required=True,
        label_visibility="collapsed",
        key="photo-way",
    )
    brought: list[UploadedFile] = []
    if way != CAMERA:
        brought = st.file_uploader(
            "Drop photos here, or choose some",
            type=list(EXTENSIONS),
            accept_multiple_files=True,
            max_upload_size=FILE_LIMIT_MB,
            help=f"{listed([e.upper() for e in EXTENSIONS], 'or')}, at most {LIMITS.words} at once.",
            key=f"photo-upload-{photos.serial}",
        )
    elif _camera_allowed(photos):
        shot = st.camera_input(
            "Look into the camera and take the photo",
            resolution="720p",
            key=f"photo-camera-{photos.serial}",
        )
        brought = [shot] if shot is not None else []
    _keep(photos, brought)
    photos.forget_uploads = _forget_uploads(brought)
    with st.container(horizontal=True, vertical_alignment="center", key="photo-source-foot"):
        st.caption(
            ":material/lock: Photos are read in the memory of the computer that runs this app. They are "
            "never stored, never passed on, and gone when you clear them or leave this page."
        )
        if photos.photos:
            st.button(
                "Clear",
                icon=":material/delete_sweep:",
                on_click=photos.clear,
                help="Forget these photos and all results now.",
                key="photo-clear",
            )
    if photos.left_out:
        names = ", ".join(photos.left_out[:3]) + (" …" if len(photos.left_out) > 3 else "")
        st.warning(
            f"**Only the first {len(photos.photos)} photos are read:** at most {LIMITS.words} go at once. "
            f"Left out: {len(photos.left_out)} ({escape_markdown(names)}).",
            icon=":material/filter_none:",
        )
    return photos


def _keep(photos: PhotoState, brought: Sequence[UploadedFile]) -> None:
    fitting = LIMITS.fitting([file.size for file in brought])
    here = {file.file_id: file for file in brought[:fitting]}
    photos.left_out = tuple(file.name for file in brought[fitting:])
    for gone in photos.photos.keys() - here.keys():
        photos.photos.pop(gone).content = b""
    taken = {photo.name.casefold() for photo in photos.photos.values()}
    new = [file for file_id, file in here.items() if file_id not in photos.photos]
    for file in new:
        name = unique_name(file.name or "photo", taken)
        photos.photos[file.file_id] = Photo(file.file_id, name, file.getvalue())
    if not photos.photos and photos.reading is not None:
        photos.reading.cancel()
        photos.reading = None
    elif new and not photos.is_reading:
        photos.reading = None


def _forget_uploads(brought: Sequence[UploadedFile]) -> Callable[[], None]:
    """Streamlit keeps an upload until the session ends, also when its widget is gone."""
    context = get_script_run_ctx()
    if context is None or not isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        return lambda: None
    manager, session_id = context.uploaded_file_mgr, context.session_id
    file_ids = [file.file_id for file in brought]

    def forget() -> None:
        for file_id in file_ids:
            manager.remove_file(session_id, file_id)

    return forget


def _camera_allowed(photos: PhotoState) -> bool:
    """The notice before any camera: what happens to the picture, and a yes or no."""
    if photos.consented:
        return True
    with st.container(key="panel-photo-consent"):
        st.markdown(
            "**Before the camera starts**\n\n"
            "One photo is taken when you press the button. The app looks for faces in it and estimates what "
            "expression each one shows: an estimate from the picture, not knowledge of what anybody feels. "
            "The photo is read in memory and never stored."
        )
        agreed = st.button("I agree, start the camera", type="primary", icon=":material/photo_camera:")
    if agreed:
        photos.consented = True
        st.rerun()
    return False


def show_empty() -> None:
    """What the page is for, while there is no photo."""
    st.html(
        '<section class="at-photo-empty" data-testid="photo-empty">'
        f'<div class="at-photo-faces">{"".join(cards.face_html(e) for e in EMOTIONS)}</div>'
        "<h2>What expressions do your photos show?</h2>"
        "<p>Bring one photo or a whole party. Every face gets a number and seven bars, one for each "
        "expression; below you see which ad, clip and colours the catalog would choose.</p>"
        "<p>Good light and faces that look towards the camera give the best answers.</p></section>"
    )


# --- reading them beside the page ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Shared:
    """An analyzer that serves one caller at a time: photos of several viewers take turns at the lock."""

    inner: Analyzer
    lock: threading.Lock

    @property
    def model_version(self) -> str:
        return self.inner.model_version

    def analyze(self, frame_bgr: BgrImage, at_s: float = 0.0) -> tuple[FaceReading, ...]:
        with self.lock:
            return self.inner.analyze(frame_bgr, at_s)


@st.cache_resource(show_spinner=False)
def _analyzer(model: str | None) -> Analyzer:
    return _Shared(create_photo_analyzer(model), threading.Lock())


def read_new(photos: PhotoState) -> None:
    """Begins to read what is not read yet; a single photo is usually done when this returns."""
    pending = photos.unread
    if not pending or photos.reading is not None:
        return
    model = session().model

    def work(cancelled: Cancelled, progress: Progress) -> None:
        analyzer = _analyzer(model)
        for count, photo in enumerate(pending, start=1):
            if cancelled():
                return
            if photo.source_id in photos.photos:
                photo.result = read_result(photo.content, photo.name, analyzer)
                photo.content = b""
            progress(count / len(pending))

    photos.reading = Task(work, FAILED, wanted=presence())
    with st.spinner("Looking for faces …"):
        photos.reading.join(WAIT_ONE_S if len(pending) == 1 else WAIT_MANY_S)


@st.fragment(run_every=TICK_S)
def show_progress() -> None:
    """How far the reading is, what it saw so far, and cancel."""
    photos = session().page(PhotoState)
    if photos.reading is None:
        st.rerun()
    status = photos.reading.status()
    if status.is_over:
        st.rerun()
    with st.container(key="panel-photo-progress"):
        st.html(_so_far_html(photos.results, len(photos.photos)))
        st.progress(status.share, text=time_left(status.left_s))
        if st.button("Cancel", icon=":material/close:", key="photo-cancel"):
            photos.reading.cancel()


def _so_far_html(results: Sequence[PhotoResult], total: int) -> str:
    latest = [r.reading for r in results if r.reading is not None][-STRIP:]
    tiles = "".join(f'<img src="{_data_url(reading.thumbnail)}" alt="">' for reading in latest)
    tiles += "<span></span>" * (min(total, STRIP) - len(latest))
    return (
        f'<div class="at-photo-sofar" data-testid="photo-progress" data-read="{len(results)}">'
        f'<p class="at-photo-counts"><b>{len(results)} of {total}</b>'
        f"<span>{_counts_words(results)} so far</span></p>"
        f'<div class="at-photo-strip" aria-hidden="true">{tiles}</div></div>'
    )


def _counts_words(results: Sequence[PhotoResult]) -> str:
    faces = sum(len(r.reading.record.faces) for r in results if r.reading is not None)
    failed = sum(r.reading is None for r in results)
    bad = f" · {failed} could not be read" if failed else ""
    return f"{counted(faces, 'face')}{bad}"


def show_end(photos: PhotoState) -> None:
    """Why the reading ended before all was read, and how to go on."""
    if photos.reading is None or not photos.unread:
        return
    stage, left = photos.reading.status().stage, len(photos.unread)
    if stage is Stage.FAILED:
        st.error(photos.reading.problem, icon=":material/error:")
    elif stage is Stage.CANCELLED:
        st.info(
            f"**Cancelled.** {left} of {len(photos.photos)} photos were not read.", icon=":material/cancel:"
        )
    else:
        return
    if st.button("Try again" if stage is Stage.FAILED else "Read the rest", key="photo-rest"):
        photos.reading = None
        st.rerun()


# --- many photos ---------------------------------------------------------------------------------------


def show_summary(photos: PhotoState) -> None:
    """All photos in a table, a row each, and everything to take away at once."""
    results = photos.results
    with st.container(key="panel-photo-summary"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.html(
                f'<p class="at-photo-counts" data-testid="photo-counts"><b>{len(results)} photos</b>'
                f"<span>{_counts_words(results)}</span></p>",
                width="content",
            )
            with st.container(horizontal=True, width="content", key="photo-downloads-all"):
                _download("Everything (ZIP)", lambda: as_zip(results), "expressions.zip", "application/zip")
                _download("Table (CSV)", lambda: as_csv(results), "expressions.csv", "text/csv")
                _download("Data (JSON)", lambda: as_json(results), "expressions.json", "application/json")
        chosen = photos.chosen
        _table(
            key=f"photo-table-{photos.serial}",
            data={
                "rows": [_row(p, p.result) for p in photos.photos.values() if p.result is not None],
                "chosen": chosen.source_id if chosen is not None else "",
            },
            on_chosen_change=lambda: _choose_row(photos),
        )


def _choose_row(photos: PhotoState) -> None:
    told = st.session_state[f"photo-table-{photos.serial}"].chosen
    if told in photos.photos:
        _choose(photos, told)


def _choose(photos: PhotoState, source_id: str) -> None:
    photos.chosen_id, photos.faces_shown = source_id, 0


def _row(photo: Photo, result: PhotoResult) -> dict[str, Any]:
    row: dict[str, Any] = {"id": photo.source_id, "name": photo.name, "problem": result.problem}
    if result.reading is None:
        return row
    record = result.reading.record
    scores, mood = record.mood.scores, record.mood.dominant
    seen = bool(record.faces)
    return row | {
        "thumbnail": _data_url(result.reading.thumbnail),
        "faces": len(record.faces),
        "mood": label_of(mood),
        "word": EXPRESSIONS[mood] if seen else "No face",
        "confidence": record.mood.confidence if seen else None,
        "valence": scores.valence if seen else None,
        "arousal": scores.arousal if seen else None,
    }


def _data_url(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode('ascii')}"


def show_steps(photos: PhotoState, photo: Photo) -> None:
    """The chosen photo's name, and the way to the one before and after."""
    read = [p.source_id for p in photos.photos.values() if p.result is not None]
    at = read.index(photo.source_id)
    with st.container(horizontal=True, vertical_alignment="center", key="photo-steps"):
        for words, icon, to in (("Previous", "chevron_left", at - 1), ("Next", "chevron_right", at + 1)):
            st.button(
                words,
                icon=f":material/{icon}:",
                disabled=not 0 <= to < len(read),
                on_click=_choose,
                args=(photos, read[max(0, min(to, len(read) - 1))]),
                key=f"photo-{words.lower()}",
            )
        st.html(
            f'<p class="at-photo-name" data-testid="photo-name"><small>Photo {at + 1} of {len(read)}</small>'
            f"{escape(photo.name)}</p>",
            width="stretch",
        )


# --- one photo -----------------------------------------------------------------------------------------


def show_photo(photos: PhotoState, photo: Photo) -> None:
    """All that is known of the chosen photo."""
    result = photo.result
    if result is None:
        return
    if len(photos.photos) > 1:
        show_steps(photos, photo)
    if result.reading is None:
        st.error(
            f"This file cannot be read as a photo. {escape_markdown(result.problem)}",
            icon=":material/broken_image:",
        )
        return
    show_reading(result, result.reading)
    show_faces(photos, result.reading)
    show_decisions(photo, result.reading)


def show_reading(result: PhotoResult, reading: PhotoReading) -> None:
    """The photo with its numbered faces, and the mood of all of them."""
    record = reading.record
    picture, summary = st.columns([1.35, 1], gap="large")
    with picture:
        show_viewer(reading)
        st.caption(
            f"{sentence(counted(len(record.faces), 'face'))} found in {record.width_px} × {record.height_px} "
            f"pixels, read in {record.elapsed_ms / 1000:.1f} s."
        )
    with summary:
        st.html(_mood_html(reading))
        if not record.faces:
            st.info(
                "**No face was found.** It helps when faces are at least 40 pixels wide, upright, and not "
                "covered. Profiles, masks and drawings are often missed.",
                icon=":material/search_off:",
            )
        elif len(record.faces) == 1:
            st.html(_face_html(reading, 1))
        else:
            bars = cards.bars_html(record.mood.scores, top=record.mood.dominant)
            affect = _affect_html(record.mood.scores, "All faces together")
            st.html(f'<div class="at-facecard">{bars}{affect}</div>')
        stem = f"{file_stem(result.name)}-expressions"
        st.markdown("**Take the results with you**")
        with st.container(horizontal=True, key="photo-downloads"):
            _download("Picture", lambda: annotated_jpeg(reading), f"{stem}.jpg", "image/jpeg")
            _download("Table (CSV)", lambda: as_csv([result]), f"{stem}.csv", "text/csv")
            _download("Data (JSON)", lambda: as_json([result]), f"{stem}.json", "application/json")


_ICONS = {
    "image/jpeg": ":material/image:",
    "text/csv": ":material/table:",
    "application/json": ":material/data_object:",
    "application/zip": ":material/folder_zip:",
}


def _download(words: str, data: Callable[[], bytes | str], name: str, kind: str) -> None:
    st.download_button(
        words,
        data,
        name,
        kind,
        icon=_ICONS[kind],
        on_click="ignore",
        key=f"photo-download-{name}",
    )


def show_viewer(reading: PhotoReading) -> None:
    """The picture, which can be enlarged and moved, with its faces marked."""
    record = reading.record
    src = serve(reading.picture, "image/jpeg", "photo.viewer")
    width_px, height_px = reading.picture_size_px
    _viewer(
        key="photo-viewer",
        data={
            "src": src,
            "width": width_px,
            "height": height_px,
            "alt": f"Your photo: {counted(len(record.faces), 'face')} found",
            "faces": [
                {
                    "left": face.box.x_px / record.width_px,
                    "top": face.box.y_px / record.height_px,
                    "width": face.box.width_px / record.width_px,
                    "height": face.box.height_px / record.height_px,
                    "mood": face.scores.top.value,
                    "words": f"{EXPRESSIONS[face.scores.top]}, {percent(face.scores.confidence)}",
                }
                for face in record.faces
            ],
        },
    )


def _mood_html(reading: PhotoReading) -> str:
    mood, count = reading.record.mood, len(reading.record.faces)
    if count == 0:
        facts = "Nobody to read"
    elif mood.dominant is None:
        facts = "No expression stands out clearly"
    else:
        facts = f"{percent(mood.confidence)}: {sureness(mood.confidence)}"
    whose = f"{counted(count, 'face')} together" if count > 1 else sentence(counted(count, "face"))
    return (
        f'<section class="at-mood" data-testid="photo-mood" data-mood="{label_of(mood.dominant)}">'
        f'{cards.face_html(mood.dominant)}<div class="at-mood-words"><p class="at-eyebrow">{whose}</p>'
        f'<p class="at-mood-word">{EXPRESSIONS[mood.dominant]}</p>'
        f'<p class="at-facts">{facts}</p></div></section>'
    )


def _affect_html(scores: EmotionScores, title: str) -> str:
    return (
        f'<section class="at-affect" aria-label="{escape(title, quote=True)}">'
        + _scale_html("Pleasantness", scores.valence, pleasantness(scores.valence))
        + _scale_html("Energy", scores.arousal, energy(scores.arousal))
        + "</section>"
    )


def _scale_html(name: str, value: float, words: str) -> str:
    """A scale from -1 to 1 with a marker, and the value in words."""
    return (
        f'<div class="at-scale"><span class="at-scale-name">{name}</span>'
        f'<span class="at-scale-track" aria-hidden="true"><span class="at-scale-dot" '
        f'style="left:{(value + 1) * 50:.0f}%"></span></span>'
        f'<span class="at-scale-words">{words} <small>{value:+.2f}</small></span></div>'
    )


def show_faces(photos: PhotoState, reading: PhotoReading) -> None:
    """A card a face: number, picture, word, bars, pleasantness and energy; a single face's stands above."""
    count = len(reading.record.faces)
    if count < 2:
        return
    st.subheader("Face by face", anchor=False)
    shown = min(count, max(FACES_AT_ONCE, photos.faces_shown))
    rows = "".join(_face_html(reading, n) for n in range(1, shown + 1))
    st.html(f'<div class="at-facecards" data-testid="faces">{rows}</div>')
    if shown < count and st.button(f"Show more of the {count} faces", icon=":material/expand_more:"):
        photos.faces_shown = shown + 4 * FACES_AT_ONCE
        st.rerun()


def _face_html(reading: PhotoReading, number: int) -> str:
    scores = reading.record.faces[number - 1].scores
    top = scores.top
    return (
        f'<article class="at-facecard" data-testid="face-{number}" data-mood="{top.value}">'
        f'<header><button type="button" class="at-facejump" data-face="{number}" '
        f'aria-label="Show face {number} in the photo">'
        f'<img class="at-facepic" src="{_data_url(reading.face_pictures[number - 1])}" alt=""></button>'
        f'<span class="at-facenumber">{number}</span>'
        f'<div><p class="at-eyebrow">Face {number}</p><p class="at-faceword">{EXPRESSIONS[top]}</p>'
        f'<p class="at-facts">{percent(scores.confidence)}: {sureness(scores.confidence)}</p>'
        f"</div></header>{cards.bars_html(scores, testid=f'face-{number}-bars', top=top)}"
        f"{_affect_html(scores, f'Face {number}')}</article>"
    )


# --- what the catalog would show -----------------------------------------------------------------------


def decide(photo: Photo, reading: PhotoReading, strategy: Strategy) -> None:
    """Ask the catalog, once a photo and strategy, what it would show."""
    content = catalog_service()
    if content is None:
        return
    made_for = next(iter(photo.decisions.values()), None)
    catalog_version = content.catalog().version
    if made_for and photo.strategy is strategy and made_for.catalog_version == catalog_version:
        return
    photo.strategy, viewer = strategy, session()
    now = Moment(time.monotonic(), datetime.now(UTC))
    context = PickContext(
        # A photo's mood has no past: it holds from now on.
        mood=replace(reading.record.mood, since_s=now.at_s, updated_at_s=now.at_s),
        strategy=strategy,
        site=settings().site,
        session_id=viewer.session_id,
        model_version=reading.model_version,
    )
    photo.decisions = {slot: content.picker.pick(slot, context, History(), now, viewer.rng) for slot in Kind}


def show_decisions(photo: Photo, reading: PhotoReading) -> None:
    """What the catalog would show to these people, each with its reason."""
    st.subheader("What the catalog would show", anchor=False)
    strategy = choose_strategy(session().page(Preferences).strategy, key="photo-strategy")
    decide(photo, reading, strategy)
    content = catalog_service() if photo.decisions else None
    if content is None:
        return
    catalog = content.catalog()
    for column, slot in zip(st.columns(3), Kind, strict=True):
        decision = photo.decisions[slot]
        item = catalog.get(decision.item_id) if decision.item_id else None
        with column:
            if item is None:
                st.html(cards.empty_html(slot, f"The catalog has no {KINDS[slot].lower()} to show."))
            else:
                st.html(cards.item_html(item, content.assets, f"photo.{slot.value}"))
            st.html(
                f'<p class="at-why" data-testid="why-{slot.value}"><b>Why?</b> {escape(decision.reason)}</p>'
            )
