"""The parts of the video page: choosing a clip, reading it in the background, showing what it shows."""

from __future__ import annotations

import io
import logging
import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image
from starlette.formparsers import MultiPartParser

from attune_settings import settings
from content.bootstrap import Content
from content.errors import ContentError
from content.media.assets import AssetStore
from content.types import AssetType, Strategy
from emotion.analysis import FrameAnalyzer
from emotion.bootstrap import create_analyzer
from emotion.errors import VideoError
from emotion.labels import EMOTIONS, Emotion, label_of
from emotion.video.analyze import CLIP_PERSISTENCE
from emotion.video.clip import VideoInfo, video_info
from ui.app.fragment import fragment
from ui.app.presence import presence
from ui.app.services import catalog_service
from ui.app.state import Preferences, session
from ui.app.task import Cancelled, Progress, Stage, Task
from ui.look.cards import section_html
from ui.look.files import serve
from ui.look.html import Markup, render
from ui.look.strategy import choose_strategy
from ui.look.thumbnails import thumbnail_html
from ui.look.words import (
    EXPRESSIONS,
    clip_time,
    counted,
    duration,
    escape_markdown,
    file_size,
    long_duration,
    sentence,
    time_left,
)
from ui.video.reading import (
    LIMITS,
    VideoResult,
    annotated,
    curves,
    people,
    read_video,
    shares,
    spells,
    unclear_words,
)
from ui.video.replay import Shown, replay
from ui.video.report import as_csv, as_html, as_json
from ui.video.state import Clip, VideoState

_log = logging.getLogger(__name__)

TICK_S = 0.5
MAX_UPLOAD_MB = 200
ENDINGS = ("mp4", "m4v", "mov", "webm")
RATES_HZ = {2.0: "Quick", 5.0: "Normal", 10.0: "Fine"}
SHOWN_ROWS = 60
THUMBNAIL_SIZE = (168, 96)

_GATE = threading.Semaphore()
"""One clip at a time on this machine, so that other people's live pages keep running."""

_player = st.components.v2.component(
    "attune_video_player",
    js=Path(__file__).with_name("video_player.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


# --- bringing a clip -----------------------------------------------------------------------------------


def choose_video(state: VideoState) -> Clip | None:
    """The upload, or None until there is one. A new clip replaces the one before, which is forgotten."""
    # Starlette would write a large upload to a temporary file while it arrives; the page promises memory
    # only.
    MultiPartParser.spool_max_size = max(MultiPartParser.spool_max_size, (MAX_UPLOAD_MB + 1) * 2**20)
    state.on_page = True
    upload = st.file_uploader(
        "Drop a video here, or choose one",
        type=list(ENDINGS),
        max_upload_size=MAX_UPLOAD_MB,
        help=f"MP4, MOV or WebM, up to {long_duration(timedelta(seconds=LIMITS.max_duration_s))}.",
        key="video-upload",
    )
    st.caption(
        ":material/lock: The computer that runs this app reads your video in memory. It never stores it or "
        "passes it on, and forgets it when you remove it or leave this page."
    )
    if upload is None:
        state.forget()
        return None
    if state.clip is None or state.clip.source_id != upload.file_id:
        state.forget()
        state.clip = _opened(upload.file_id, upload.name, upload.getvalue())
    return state.clip


def _opened(source_id: str, name: str, content: bytes) -> Clip:
    video = Clip(source_id, name, content, seed=int(session().rng.integers(2**31)))
    try:
        video.info = video_info(io.BytesIO(content), limits=LIMITS)
    except VideoError as error:
        video.problem = f"**This file could not be read as a video.** {escape_markdown(error.page_words)}"
        video.content = b""
    return video


def show_empty() -> None:
    """What the page is for, while there is no clip."""
    st.html(render("video/empty.html", expressions=EMOTIONS))


def show_clip(video: Clip) -> None:
    """The clip's facts, the rate, and the button that starts the reading."""
    info = video.info
    if info is None:
        st.error(video.problem, icon=":material/broken_image:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="video-start"):
        st.html(facts_html(info), width="content")
        rate = st.segmented_control(
            "How closely to look",
            list(RATES_HZ),
            default=5.0,
            required=True,
            format_func=RATES_HZ.__getitem__,
            help="How often faces are read: "
            + ", ".join(f"{word} {hz:g}" for hz, word in RATES_HZ.items())
            + " times in each second of the video. Finer takes longer.",
            key="video-rate",
        )
        again = video.reading is not None
        if st.button(
            "Read again" if again else "Read the expressions",
            type="secondary" if again else "primary",
            icon=":material/replay:" if again else ":material/play_arrow:",
            key="video-read",
        ):
            start(video, rate or 5.0)
            st.rerun()


def facts_html(info: VideoInfo) -> Markup:
    """Length, size and frame rate, as the clip's header says them."""
    length = clip_time(info.duration_s + 0.5) if info.duration_s else "Unknown length"
    rate = round(info.rate_hz) if 1 <= info.rate_hz <= 240 else None
    return render("video/facts.html", info=info, length=length, rate=rate)


# --- reading it beside the page ------------------------------------------------------------------------


def _analyzer(model: str | None) -> FrameAnalyzer:
    return create_analyzer(model, persistence=CLIP_PERSISTENCE)


def start(video: Clip, rate_hz: float) -> None:
    """Begins to read the clip in a thread of its own."""
    info = video.info
    if info is None:
        return
    video.forget_reading()
    content, noted, model = video.content, video.noted, session().model
    smoothing = session().page(Preferences).smoothing

    def work(cancelled: Cancelled, progress: Progress) -> VideoResult:
        # Detector and interpreter belong to the thread that uses them.
        analyzer = _analyzer(model)
        return read_video(
            content,
            info,
            analyzer,
            analyzer.model_version,
            rate_hz=rate_hz,
            smoothing=smoothing,
            cancelled=cancelled,
            progress=progress,
            noted=noted.append,
        )

    video.reading = Task(work, "Something went wrong.", gate=_GATE, wanted=presence())


@fragment(run_every=TICK_S)
def show_progress() -> None:
    """How far the reading has come, what it has found so far, and the button that cancels it."""
    video = session().page(VideoState).clip
    if video is None or video.reading is None or video.info is None:
        st.rerun()
    status = video.reading.status()
    if status.is_over:
        st.rerun()
    waiting = status.stage is Stage.WAITING
    words = "Waiting until another video is read …" if waiting else time_left(status.left_s)
    with st.container(key="panel-video-progress"):
        st.html(so_far_html(video, status.share))
        st.progress(status.share, text=words)
        if st.button("Cancel", icon=":material/close:", key="video-cancel"):
            video.reading.cancel()


def so_far_html(video: Clip, share: float) -> Markup:
    """The place that was read last, and the expressions up to there."""
    readings = tuple(video.noted)
    strip: list[tuple[Emotion | None, float]] = []
    if readings and video.info is not None:
        so_far = VideoResult(video.info, 1.0, readings, "", "", 0.0)
        whole_s = (video.info.duration_s or readings[-1].t_s / max(share, 0.01)) or 1.0
        strip = [(s.mood, (s.ends_s - s.starts_s) / whole_s) for s in spells(so_far)]
    return render(
        "video/so_far.html",
        share=share,
        at_s=readings[-1].t_s if readings else 0.0,
        read=len(readings),
        faces=_faces_words(people(readings)),
        mood=readings[-1].mood.dominant if readings else None,
        strip=strip,
    )


def _faces_words(faces: int) -> str:
    return f"Up to {faces} faces at once" if faces > 1 else sentence(counted(faces, "face"))


def show_end(video: Clip) -> None:
    """Why a reading ended without a result."""
    if video.reading is None:
        return
    stage = video.reading.status().stage
    if stage is Stage.CANCELLED:
        st.info("**Cancelled.** No results were kept. Your video is still here.", icon=":material/cancel:")
    elif stage is Stage.FAILED:
        st.error(f"**This video could not be read.** {video.reading.problem}", icon=":material/broken_image:")


# --- what it says --------------------------------------------------------------------------------------


def show_result(video: Clip, result: VideoResult) -> None:
    """The player with its timeline, the shares, the downloads, and what would have been shown."""
    if result.problem:
        st.warning(f"**Only the beginning could be read.** {result.problem}", icon=":material/content_cut:")
    watch, summary = st.columns([1.6, 1], gap="medium")
    with watch, st.container(key="panel-video-player"):
        show_player(video, result)
    with summary:
        with st.container(key="panel-video-shares"):
            st.html(shares_html(result))
            if people(result.readings) == 0:
                st.info(
                    "**No face was found.** Use a video in which faces are upright, look at the camera, "
                    "are well lit and not too small.",
                    icon=":material/search_off:",
                )
            if unclear_words(result):
                st.info(unclear_words(result), icon=":material/blur_on:")
        downloads = st.container(key="panel-video-downloads")
    st.html(section_html("What would have been shown"))
    strategy = choose_strategy(session().page(Preferences).strategy, key="video-strategy")
    content = catalog_service()
    shown = work_out(video, result, content, strategy) if content is not None else ()
    if content is not None:
        show_programme(content, shown, strategy)
    with downloads:
        show_downloads(video, result, shown, content)


def show_player(video: Clip, result: VideoResult) -> None:
    """The clip, and under it the spells and the seven curves."""
    boxed = video.annotation.result if video.annotation is not None else None
    with_boxes = boxed is not None and st.toggle("Show the boxes", value=True, key="video-boxes")
    content = boxed if with_boxes and boxed is not None else video.content
    webm = "webm" in result.info.container and not with_boxes
    # Browsers play phones' QuickTime files if they are served as MP4.
    src = serve(content, "video/webm" if webm else "video/mp4", "video.player")
    found = curves(result)
    _player(
        key=f"player-{video.source_id}",
        data={
            "src": src,
            "serial": f"{result.rate_hz}-{len(result.readings)}",
            "start": 0.0,
            "end": result.end_s,
            "times": [round(float(t), 3) for t in found.times_s],
            "curves": {
                e.value: [None if np.isnan(v) else round(float(v), 3) for v in found.shares[e.index]]
                for e in EMOTIONS
            },
            "spells": [
                {"mood": label_of(s.mood), "from": s.starts_s, "to": s.ends_s, "nobody": s.nobody}
                for s in spells(result)
            ],
            "words": {**{label_of(m): w for m, w in EXPRESSIONS.items()}, "nobody": "No face in view"},
            "alt": "Your video",
            "broken": "Your browser cannot play this video. Click “Make the video with boxes” to get one "
            "that it can play. The timeline below works without it.",
        },
    )


def shares_html(result: VideoResult) -> Markup:
    """The expression that lasted longest, and each one's share of the time."""
    found = shares(result)
    facts = (
        f"{counted(len(result.readings), 'moment')} read in {duration(result.took_s, decimals=1)} · "
        f"{_faces_words(people(result.readings))}"
    )
    return render(
        "video/shares.html",
        top=max(found, key=lambda m: (found[m], m is not None)),
        facts=facts,
        shares=list(found.items()),
        whole_s=result.end_s - result.readings[0].t_s,
    )


def work_out(video: Clip, result: VideoResult, content: Content, strategy: Strategy) -> tuple[Shown, ...]:
    """What the live page would have shown; worked out once for each strategy and version of the catalog."""
    catalog = content.catalog()
    if video.shown is None or video.strategy is not strategy or video.shown_version != catalog.version:
        video.strategy, video.shown_version = strategy, catalog.version
        video.shown = replay(
            result.readings,
            result.end_s,
            catalog,
            content.picker,
            strategy=strategy,
            began_utc=datetime.now(UTC),
            rng=np.random.default_rng(video.seed),
            site=settings().site,
            session_id=session().session_id,
            min_confidence=session().page(Preferences).smoothing.held_from,
            model_version=result.model_version,
        )
    return video.shown


def show_programme(content: Content, shown: tuple[Shown, ...], strategy: Strategy) -> None:
    """Item by item: when, where, what and why; a click on the time jumps there in the player."""
    st.caption("What the live page would show for these expressions today. Click a time to jump to it.")
    rows = [(s, thumbnail_html(content.assets, s.item) if s.item else "") for s in shown[:SHOWN_ROWS]]
    st.html(render("video/shown.html", rows=rows, strategy=strategy))
    if len(shown) > SHOWN_ROWS:
        st.caption(f"{len(shown) - SHOWN_ROWS:,} more are in the data file.")


# --- taking it away ------------------------------------------------------------------------------------


def show_downloads(
    video: Clip, result: VideoResult, shown: tuple[Shown, ...], content: Content | None
) -> None:
    """Table, data, summary, and the clip with boxes."""
    stem = video.name.rsplit(".", 1)[0] or "video"
    st.markdown("**Download the results**")
    picture = partial(_small_jpeg, content.assets) if content is not None else lambda s: None
    with st.container(horizontal=True):
        st.download_button(
            "Summary to print",
            lambda: as_html(result, video.name, shown, picture),
            f"{stem}-summary.html",
            "text/html",
            icon=":material/summarize:",
            on_click="ignore",
        )
        st.download_button(
            "Table (CSV)",
            lambda: as_csv(result),
            f"{stem}-expressions.csv",
            "text/csv",
            icon=":material/table:",
            on_click="ignore",
        )
        st.download_button(
            "Data (JSON)",
            lambda: as_json(result, video.name, shown),
            f"{stem}-expressions.json",
            "application/json",
            icon=":material/data_object:",
            on_click="ignore",
        )
    boxed = video.annotation.result if video.annotation is not None else None
    if boxed is not None:
        st.download_button(
            f"Video with boxes ({file_size(len(boxed))})",
            boxed,
            f"{stem}-boxes.mp4",
            "video/mp4",
            icon=":material/movie:",
            on_click="ignore",
        )
    elif video.annotation is not None and not video.annotation.status().is_over:
        show_annotation()
    else:
        if video.annotation is not None and video.annotation.problem:
            st.error(video.annotation.problem, icon=":material/broken_image:")
        if st.button("Make the video with boxes", icon=":material/movie:", key="video-annotate"):
            annotate(video, result)
            st.rerun()


def annotate(video: Clip, result: VideoResult) -> None:
    """Begins to write the clip with boxes in a thread of its own."""
    content = video.content

    def work(cancelled: Cancelled, progress: Progress) -> bytes:
        return annotated(content, result, cancelled, progress)

    video.annotation = Task(work, "The video with boxes could not be made.", gate=_GATE, wanted=presence())


@fragment(run_every=TICK_S)
def show_annotation() -> None:
    """How far the clip with boxes has come, and the button that cancels it."""
    video = session().page(VideoState).clip
    if video is None or video.annotation is None:
        st.rerun()
    status = video.annotation.status()
    if status.is_over:
        st.rerun()
    st.progress(status.share, text=f"Drawing the boxes. {time_left(status.left_s)}")
    if st.button("Cancel", icon=":material/close:", key="video-annotate-cancel"):
        video.annotation.cancel()


def _small_jpeg(assets: AssetStore, s: Shown) -> bytes | None:
    """A small still of an item, for a page with many of them; None if there is none."""
    asset = s.item.asset if s.item is not None else None
    location = None if asset is None else asset.location if asset.type is AssetType.IMAGE else asset.poster
    if location is None or location.startswith("https://"):
        return None
    out = io.BytesIO()
    try:
        with Image.open(io.BytesIO(assets.read_bytes(location))) as picture:
            small = picture.convert("RGB")
            small.thumbnail(THUMBNAIL_SIZE)
            small.save(out, "JPEG", quality=80)
    except (ContentError, OSError, ValueError) as error:
        _log.warning("No small picture of %s: %s", location, error)
        return None
    return out.getvalue()
