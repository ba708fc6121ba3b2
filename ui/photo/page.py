"""The parts of the photo page: choosing photos, reading them in the background, showing what they show."""

from __future__ import annotations

import base64
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
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
from emotion.labels import EMOTIONS, UNKNOWN, label_of
from emotion.photo import CarefulAnalyzer
from emotion.types import FaceReading
from ui.app.fragment import fragment
from ui.app.presence import presence
from ui.app.services import catalog_service
from ui.app.state import Preferences, session
from ui.app.task import Cancelled, Progress, Stage, Task
from ui.look import cards
from ui.look.files import serve
from ui.look.html import Markup, render
from ui.look.strategy import choose_strategy
from ui.look.words import (
    EXPRESSIONS,
    KINDS,
    PROBLEMS,
    counted,
    escape_markdown,
    listed,
    percent,
    sentence,
    sureness,
    time_left,
)
from ui.photo.camera import take_photo
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
FAILED = "Something went wrong."
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
    """Keeps uploads off the disk.

    Starlette writes files over 1 MB to a temporary file while they arrive. The page promises that a photo is
    in memory only, so this raises that limit above the largest upload.
    """
    limit = int(st.get_option("server.maxUploadSize") or 200) * 1024 * 1024
    MultiPartParser.spool_max_size = max(MultiPartParser.spool_max_size, limit + 1)


def choose_photos(photos: PhotoState) -> PhotoState:
    """The two ways to choose photos; a photo that was removed is forgotten, a new one is kept for reading."""
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
        shot = take_photo(photos)
        brought = [shot] if shot is not None else []
    _keep(photos, brought)
    photos.forget_uploads = _forget_uploads(brought)
    with st.container(horizontal=True, vertical_alignment="center", key="photo-source-foot"):
        st.caption(
            ":material/lock: The computer that runs this app reads your photos in memory. It never stores "
            "them or passes them on, and forgets them when you clear them or leave this page."
        )
        if photos.photos:
            st.button(
                "Clear",
                icon=":material/delete_sweep:",
                on_click=photos.clear,
                help="Forgets these photos and all results now.",
                key="photo-clear",
            )
    if photos.left_out:
        more = len(photos.left_out) - 3
        names = [*photos.left_out[:3], *([f"{more} more"] if more > 0 else [])]
        st.warning(
            f"**{sentence(counted(len(photos.left_out), 'photo'))} left out**, because the page takes at "
            f"most {LIMITS.words} at once: {escape_markdown(listed(names))}. Clear these photos to read "
            "the others.",
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
    """Says before the camera starts what happens to the picture, and asks for a yes."""
    if photos.consented:
        return True
    with st.container(key="panel-photo-consent"):
        st.markdown(
            "**Before the camera starts**\n\nYou take one photo with the button. The app finds the faces "
            "in it and estimates the expression of each. That is an estimate from a picture: it does not "
            "know what anybody feels. The photo stays in memory and is never stored."
        )
        agreed = st.button("I agree, start the camera", type="primary", icon=":material/photo_camera:")
    if agreed:
        photos.consented = True
        st.rerun()
    return False


def show_empty() -> None:
    """What the page is for, while there is no photo."""
    st.html(render("photo/empty.html", expressions=EMOTIONS))


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

    def look_again(self, frame_bgr: BgrImage) -> tuple[FaceReading, ...]:
        with self.lock:
            return self.inner.look_again(frame_bgr) if isinstance(self.inner, CarefulAnalyzer) else ()


@st.cache_resource(show_spinner=False)
def _analyzer(model: str | None) -> Analyzer:
    return _Shared(create_photo_analyzer(model), threading.Lock())


def read_new(photos: PhotoState) -> None:
    """Begins to read the photos that are not read yet; a single one is usually done when this returns."""
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


@fragment(run_every=TICK_S)
def show_progress() -> None:
    """How far the reading has come, what it has found so far, and the button that cancels it."""
    photos = session().page(PhotoState)
    if photos.reading is None:
        st.rerun()
    status = photos.reading.status()
    if status.is_over:
        st.rerun()
    with st.container(key="panel-photo-progress"):
        st.html(so_far_html(photos.results, len(photos.photos)))
        st.progress(status.share, text=time_left(status.left_s))
        if st.button("Cancel", icon=":material/close:", key="photo-cancel"):
            photos.reading.cancel()


def so_far_html(results: Sequence[PhotoResult], total: int) -> Markup:
    """How many of the photos are read, and the latest of them as small pictures."""
    latest = [_data_url(r.reading.thumbnail) for r in results if r.reading is not None][-STRIP:]
    return render(
        "photo/so_far.html",
        read=len(results),
        total=total,
        found=_found_words(results),
        pictures=latest,
        empty=min(total, STRIP) - len(latest),
    )


def _found_words(results: Sequence[PhotoResult]) -> str:
    faces = sum(len(r.reading.record.faces) for r in results if r.reading is not None)
    failed = sum(r.reading is None for r in results)
    bad = f" · {failed} could not be read" if failed else ""
    return f"{counted(faces, 'face')}{bad}"


def show_end(photos: PhotoState) -> None:
    """Why the reading ended before every photo was read, and the button to go on."""
    if photos.reading is None or not photos.unread:
        return
    stage, left = photos.reading.status().stage, len(photos.unread)
    if stage is Stage.FAILED:
        st.error(
            f"**{sentence(counted(left, 'photo'))} could not be read.** {photos.reading.problem} Results so "
            "far are kept.",
            icon=":material/error:",
        )
    elif stage is Stage.CANCELLED:
        st.info(
            f"**Cancelled.** {left} of {counted(len(photos.photos), 'photo')} not read. Results so far are "
            "kept.",
            icon=":material/cancel:",
        )
    else:
        return
    if st.button("Try again" if stage is Stage.FAILED else "Read the rest", key="photo-rest"):
        photos.reading = None
        st.rerun()


# --- many photos ---------------------------------------------------------------------------------------


def show_summary(photos: PhotoState) -> None:
    """All photos in a table, one a row, and the downloads of all results."""
    results = photos.results
    with st.container(key="panel-photo-summary"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.html(
                render("photo/counts.html", read=len(results), found=_found_words(results)), width="content"
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
    """The chosen photo's name, and the buttons to the one before and after."""
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
        st.html(render("photo/name.html", number=at + 1, total=len(read), name=photo.name), width="stretch")


# --- one photo -----------------------------------------------------------------------------------------


def show_photo(photos: PhotoState, photo: Photo) -> None:
    """Everything the app read from the chosen photo."""
    result = photo.result
    if result is None:
        return
    if len(photos.photos) > 1:
        show_steps(photos, photo)
    if result.reading is None:
        st.error(
            f"**This file could not be read as a photo.** {escape_markdown(result.problem)}",
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
        if record.notes:
            st.info("\n\n".join(record.notes), icon=":material/info:")
    with summary:
        st.html(summary_html(reading))
        if not record.faces:
            st.info(
                "**No face was found.** Use a photo in which faces are upright, uncovered and at least 40 "
                "pixels wide. Faces from the side, masks and drawings are often missed.",
                icon=":material/search_off:",
            )
        elif len(record.faces) == 1:
            st.html(face_html(reading, 1))
        else:
            scores = record.mood.scores
            bars = cards.bars_html(scores, top=record.mood.dominant)
            st.html(render("photo/together.html", bars=bars, scores=scores))
        stem = f"{file_stem(result.name)}-expressions"
        st.markdown("**Download the results**")
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
                    "mood": UNKNOWN if face.is_poor else face.scores.top.value,
                    "words": f"Not clear enough: {face.quality[0].words}"
                    if face.is_poor
                    else f"{EXPRESSIONS[face.scores.top]}, {percent(face.scores.confidence)}",
                }
                for face in record.faces
            ],
        },
    )


def summary_html(reading: PhotoReading) -> Markup:
    """The expression of all faces together, and how sure it is."""
    mood, faces = reading.record.mood, len(reading.record.faces)
    if faces == 0:
        facts = "No face to read"
    elif all(face.is_poor for face in reading.record.faces):
        facts = "The picture is not clear enough to read"
    elif mood.dominant is None:
        facts = "No expression stands out clearly"
    else:
        facts = f"{percent(mood.confidence)}: {sureness(mood.confidence)}"
    whose = f"{counted(faces, 'face')} together" if faces > 1 else sentence(counted(faces, "face"))
    return render("photo/summary.html", mood=mood.dominant, whose=whose, facts=facts)


def show_faces(photos: PhotoState, reading: PhotoReading) -> None:
    """One card for each face; a photo with a single face has its card above."""
    faces = len(reading.record.faces)
    if faces < 2:
        return
    st.html(cards.section_html("Face by face"))
    shown = min(faces, max(FACES_AT_ONCE, photos.faces_shown))
    st.html(render("photo/faces.html", cards=[face_html(reading, n) for n in range(1, shown + 1)]))
    if shown < faces and st.button(f"Show more of the {faces} faces", icon=":material/expand_more:"):
        photos.faces_shown = shown + 4 * FACES_AT_ONCE
        st.rerun()


def face_html(reading: PhotoReading, number: int) -> Markup:
    """The card of one face: number, picture, word, bars, pleasantness and energy."""
    face = reading.record.faces[number - 1]
    scores = face.scores
    return render(
        "photo/face.html",
        number=number,
        scores=scores,
        problem=PROBLEMS[face.quality[0]] if face.is_poor else "",
        picture=_data_url(reading.face_pictures[number - 1]),
        bars=cards.bars_html(scores, testid=f"face-{number}-bars", top=None if face.is_poor else scores.top),
    )


# --- what the catalog would show -----------------------------------------------------------------------


def decide(photo: Photo, reading: PhotoReading, strategy: Strategy) -> None:
    """Asks the catalog what it would show, once for each photo, strategy and version of the catalog."""
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
    st.html(cards.section_html("What the catalog would show"))
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
                st.html(cards.item_html(item, content.assets))
            st.html(render("look/why.html", slot=slot, reason=decision.reason))
