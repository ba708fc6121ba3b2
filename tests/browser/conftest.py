"""The app in a process of its own, and a real Chromium whose camera plays a clip.

Tests wait for states of the page, never for times. What a test sees on its way it keeps by
``screenshot``; the pictures go to ``artifacts/``, which git ignores. Where a test fails, what its pages
looked like goes there too.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from emotion.labels import Emotion
from scripts.browser import find_browser
from tests.browser.clips import Phase, Picture, astronaut_face, write_clip
from tests.browser.faces import clear_face, photo_analyzer
from tests.required import missing

ROOT = Path(__file__).resolve().parents[2]
ARTIFACTS = ROOT / "artifacts"
START_LIMIT_S = 90
WAIT_MS = 120_000
"""How long a state is waited for: a machine that is busy with something else is slow, not wrong."""
TEST_LIMIT_S = 900
DESKTOP = (1440, 900)
PHONE = (390, 844)
BASE_PATH = "--server.baseUrlPath"

expect.set_options(timeout=WAIT_MS)

CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    # A page that is not in front keeps its timers and its video.
    "--disable-renderer-backgrounding",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser, and is tried up to three times.

    A camera, a browser and a server share the machine with whatever else it runs, and any of them can be
    late. A test that needed a second try is listed as RERUN, with what went wrong; one that fails three times
    fails. ``--force-reruns 0`` gives no second try.
    """
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.flaky(reruns=2))
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(TEST_LIMIT_S))


_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fixtures may know whether the test that used them has failed."""
    report = yield
    if report.when == "call":
        item.stash[_FAILED] = report.failed
    return report


# --- the app -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AppServer:
    """A running app.

    Attributes:
        url: where it answers, without a slash at the end.
        folder: its own temporary folder: database, uploaded media, log, and what it takes for ``/tmp``.
    """

    url: str
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rsplit(":", 1)[1])

    @property
    def database_url(self) -> str:
        """Of the app's own database, to look into from a test."""
        return database_url(self.folder)

    @property
    def media_dir(self) -> Path:
        """Where uploaded media are kept."""
        return self.folder / "media"

    @property
    def temp_dir(self) -> Path:
        """What the app takes for the machine's temporary folder."""
        return self.folder / "tmp"

    @property
    def log(self) -> str:
        """Everything that the app has printed so far."""
        return (self.folder / "app.log").read_text(encoding="utf-8", errors="replace")


def database_url(folder: Path) -> str:
    """SQLite in that folder."""
    return f"sqlite:///{folder / 'attune.db'}"


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def start_app(
    folder: Path,
    environ: Mapping[str, str | None],
    *arguments: str,
    script: str | Path = "streamlit_app.py",
    port: int | None = None,
    before: Sequence[str] = (),
) -> AppServer:
    """Starts ``streamlit run streamlit_app.py`` on a free port and returns when it answers.

    Args:
        folder: empty; the app's world.
        environ: set on top of this process's environment; None removes a variable.
        arguments: more of Streamlit's options.
        script: another app than this project's.
        port: of an app that is started again; a free one if left out.
        before: a command that runs it, such as one that enters a network namespace.

    Raises:
        RuntimeError: it ended, or did not answer in time; with the end of its log.
    """
    (folder / "tmp").mkdir(parents=True, exist_ok=port is not None)
    wanted: dict[str, str | None] = {
        "DATABASE_URL": database_url(folder),
        "ATTUNE_MEDIA_DIR": str(folder / "media"),
        "ATTUNE_SPOOL_DIR": str(folder / "spool"),
        "TMPDIR": str(folder / "tmp"),
        "PYTHONUNBUFFERED": "1",
        "ATTUNE_EDITOR_PASSWORD": None,
        "ATTUNE_ICE_SERVERS": None,
        # Else one visit in ten would not follow its camera.
        "ATTUNE_CONTROL_SHARE": "0",
        **environ,
    }
    full = {k: v for k, v in {**os.environ, **wanted}.items() if v is not None}
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    log_path = folder / "app.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [*before, *command, *arguments],
            cwd=ROOT,
            env=full,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    path = arguments[arguments.index(BASE_PATH) + 1] if BASE_PATH in arguments else ""
    server = AppServer(f"http://127.0.0.1:{port}/{path}".rstrip("/"), folder, process)
    until = time.monotonic() + START_LIMIT_S
    while not _healthy(server.url):
        if process.poll() is not None or time.monotonic() > until:
            stop_app(server)
            raise RuntimeError(f"Expected the app to answer on {server.url}. Received: {server.log[-3000:]}")
        time.sleep(0.2)
    return server


def stop_app(server: AppServer) -> None:
    """Ends the process and waits for its end."""
    server.process.terminate()
    try:
        server.process.wait(15)
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.wait(15)


def keep_log(server: AppServer, name: str) -> None:
    """Leaves what the app has printed in ``artifacts/``."""
    ARTIFACTS.mkdir(exist_ok=True)
    (ARTIFACTS / f"app-{name}.log").write_text(server.log, encoding="utf-8")


@pytest.fixture(scope="module")
def serve_app(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., AppServer]]:
    """Starts apps with other settings: ``serve_app({"ATTUNE_MODEL": "missing"}, "--server.address", …)``."""
    started: list[AppServer] = []

    def serve(environ: Mapping[str, str | None] | None = None, *arguments: str) -> AppServer:
        started.append(start_app(tmp_path_factory.mktemp("app"), environ or {}, *arguments))
        return started[-1]

    yield serve
    for number, server in enumerate(started):
        stop_app(server)
        keep_log(server, f"{request.path.stem}-{number}")


@pytest.fixture(scope="package")
def app_server(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[AppServer]:
    """The app as ``make run`` starts it, shared by the tests of one worker."""
    server = start_app(tmp_path_factory.mktemp("app"), {})
    yield server
    stop_app(server)
    keep_log(server, worker_id)


# --- the camera --------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def make_clip(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """``make_clip(Phase(face))`` writes a clip into a temporary folder.

    ``suffix=".mjpeg"`` for one of several phases: of so many frames a busy machine shows each late, so that a
    phase lasts as long as the slow page needs, whereas the machine keeps up with few frames.
    """
    folder = tmp_path_factory.mktemp("clips")
    count = 0

    def make(*phases: Phase, suffix: str = ".y4m") -> Path:
        nonlocal count
        count += 1
        return write_clip(folder / f"clip-{count}{suffix}", phases)

    return make


@pytest.fixture(scope="session")
def face_clip(make_clip: Callable[..., Path]) -> Path:
    """A smiling woman who stays."""
    return make_clip(Phase(astronaut_face()))


@pytest.fixture(scope="session")
def fer_face(fer_archive: Path) -> Callable[[Emotion], Picture]:
    """``fer_face(Emotion.SAD)``: a face of FER-2013 for a clip; skips where the archive is not here."""
    analyzer = photo_analyzer()
    return cache(lambda emotion: clear_face(fer_archive, emotion, analyzer))


# --- the browser -------------------------------------------------------------------------------------


def browser_for_test() -> str:
    """Path of a Chrome or Chromium; without one the test is skipped, or fails by REQUIRE_BROWSER=1."""
    path = find_browser()
    if path is None:
        missing("BROWSER", "No Chrome or Chromium is here: `make test` fetches one where it can")
    return path


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """A Chrome or Chromium of this machine."""
    return browser_for_test()


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Playwright's driver. It ends with this folder's tests, as its event loop runs in their thread."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="package")
def launch_browser(playwright: Playwright, chromium_path: str) -> Iterator[Callable[..., Browser]]:
    """``launch_browser(clip)``: a Chromium whose camera plays the clip; ``denied=True``: that has none.

    More flags of Chromium follow the clip.
    """
    launched: list[Browser] = []

    def launch(clip: Path | None, *more: str, denied: bool = False) -> Browser:
        flags = [*CHROMIUM_FLAGS, *more, f"--use-fake-ui-for-media-stream{'=deny' if denied else ''}"]
        if clip is not None:
            flags.append(f"--use-file-for-fake-video-capture={clip}")
        launched.append(playwright.chromium.launch(executable_path=chromium_path, args=flags))
        return launched[-1]

    yield launch
    for browser in launched:
        browser.close()


@pytest.fixture(scope="package")
def browser(launch_browser: Callable[..., Browser], face_clip: Path) -> Browser:
    """A Chromium whose camera plays ``face_clip``."""
    return launch_browser(face_clip)


@pytest.fixture
def new_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """``new_page()``: a page of a visitor of its own; ``size=PHONE``, ``browser=…``, ``camera=False``."""
    default = browser
    contexts = []

    def open_page(
        *, size: tuple[int, int] = DESKTOP, browser: Browser | None = None, camera: bool = True
    ) -> Page:
        context = (browser or default).new_context(
            viewport={"width": size[0], "height": size[1]},
            permissions=["camera"] if camera else [],
            locale="en-GB",
            reduced_motion="no-preference",
        )
        context.set_default_timeout(WAIT_MS)
        contexts.append(context)
        return context.new_page()

    yield open_page
    if request.node.stash.get(_FAILED, False):
        for number, page in enumerate(page for context in contexts for page in context.pages):
            keep_page(page, f"failed-{request.node.name}-{number}")
    for context in contexts:
        context.close()


def keep_page(page: Page, name: str) -> None:
    """Leaves what the page looks like and what it is made of in ``artifacts/``."""
    ARTIFACTS.mkdir(exist_ok=True)
    stem = re.sub(r"[^\w-]+", "_", name)
    with suppress(PlaywrightError):
        (ARTIFACTS / f"{stem}.html").write_text(page.content(), encoding="utf-8")
        page.screenshot(path=ARTIFACTS / f"{stem}.png", full_page=True, timeout=10_000)


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """One visitor at a desk."""
    return new_page()


@pytest.fixture
def screenshot() -> Callable[..., Path]:
    """``screenshot(page, "live-happy")`` keeps what is seen; ``full=True`` the whole length of the page."""

    def keep(page: Page, name: str, *, full: bool = False) -> Path:
        ARTIFACTS.mkdir(exist_ok=True)
        path = ARTIFACTS / f"{name}.png"
        page.screenshot(path=path, full_page=full)
        return path

    return keep


# --- privacy -----------------------------------------------------------------------------------------

_SIGNATURES = (
    b"\xff\xd8\xff",  # JPEG
    b"\x89PNG\r\n",
    b"GIF8",
    b"RIFF",  # WebP, AVI, WAV
    b"BM",
    b"II*\0",
    b"MM\0*",
    b"\x1aE\xdf\xa3",  # Matroska, WebM
    b"OggS",
    b"DKIF",  # IVF
    b"YUV4MPEG2",
    b"\x93NUMPY",
)
_OWN_WRITING = {
    ".git",
    ".venv",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    "__pycache__",
    "artifacts",
    "runs",
}


def is_picture(path: Path) -> bool:
    """Whether the file begins as a picture, film, sound or array does, whatever it is called."""
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError:
        return False
    return head.startswith(_SIGNATURES) or head[4:8] == b"ftyp"


def _pictures(roots: list[Path]) -> dict[Path, tuple[int, int]]:
    found = {}
    for root in roots:
        for folder, names, files in os.walk(root):
            names[:] = [n for n in names if n not in _OWN_WRITING]
            for name in files:
                path = Path(folder, name)
                if path.is_file() and not path.is_symlink() and is_picture(path):
                    status = path.stat()
                    found[path] = (status.st_size, status.st_mtime_ns)
    return found


@dataclass(slots=True)
class PictureWatch:
    """Pictures and films under the project and the app's folders, as they were when the watch began."""

    roots: list[Path]
    before: dict[Path, tuple[int, int]] = field(init=False)

    def __post_init__(self) -> None:
        self.before = _pictures(self.roots)

    def new(self) -> list[Path]:
        """Those that were added or changed since."""
        return sorted(p for p, state in _pictures(self.roots).items() if self.before.get(p) != state)


@pytest.fixture
def watch_pictures() -> Callable[[AppServer], PictureWatch]:
    """``watch = watch_pictures(app_server)`` before a session, ``watch.new() == []`` after it."""
    return lambda server: PictureWatch([ROOT, server.folder])
