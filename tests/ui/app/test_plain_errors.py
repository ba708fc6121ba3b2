"""What visitors read while something of the server is broken: never its paths, addresses, users or schema.

Each test breaks one thing, opens the pages that visitors see, and looks through all that is on them. The log
has what the pages leave out.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from streamlit.testing.v1 import AppTest

from content.errors import DatabaseUnavailableError
from emotion.baseline import SessionCalibration
from emotion.tracker import LiveSnapshot
from emotion.types import EmotionScores, MoodEstimate
from tests.emotion.clip_files import clip, steady, wall
from tests.ui.pages import LOCAL
from tests.ui.photo.photos import photo
from ui.access import password
from ui.app.services import catalog_service
from ui.app.setup import IN_THE_LOG
from ui.live import follow
from ui.live.camera import CameraStatus
from ui.live.state import LiveState
from ui.video.state import VideoState

OpenApp = Callable[[], AppTest]
PAGES = Path(__file__).parents[3] / "pages"
OPERATORS = (
    "operatrix",
    "s3cret",
    "db.invalid",
    "127.0.0.1",
    "shopdb",
    "Received:",
    "Expected ",
    "sqlite",
    "postgresql",
)
"""Parts of errors that belong to operators; paths come on top, test by test."""


def everything(page: AppTest) -> str:
    """All that the page was told to show, whatever the element."""
    assert not page.exception
    return "\n".join(str(getattr(node, "proto", "")) for block in (page.main, page.sidebar) for node in block)


def assert_plain(page: AppTest, *parts: str | Path) -> None:
    shown = everything(page)
    assert [part for part in (*map(str, parts), *OPERATORS) if part in shown] == []


def opened(name: str) -> AppTest:
    return AppTest.from_file(PAGES / f"{name}.py", default_timeout=60).run()


def demo(open_app: OpenApp) -> AppTest:
    page = open_app()
    page.button(key="demo").click().run()
    return page.run()


def with_your_data(page: AppTest) -> AppTest:
    page.session_state["your-data"] = True
    return page.run()


def with_photo(page: AppTest) -> AppTest:
    return page.file_uploader[0].set_value([("me.png", photo(), "image/png")]).run()


@pytest.fixture
def corrupt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database file that is none."""
    path = tmp_path / "shop-floor" / "attune.db"
    path.parent.mkdir()
    path.write_bytes(b"this is no database, " * 100)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{path}")
    return path


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A PostgreSQL server that is not there."""
    monkeypatch.setenv(
        "DATABASE_URL", "postgresql+psycopg://operatrix:s3cret@127.0.0.1:1/shopdb?sslpassword=s3cret"
    )


@pytest.fixture
def no_spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A spool folder that cannot be made."""
    blocked = tmp_path / "in-the-way"
    blocked.write_text("a file where a folder should be")
    monkeypatch.setenv("ATTUNE_SPOOL_DIR", str(blocked / "spool"))
    return blocked


@pytest.fixture
def no_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model folder without a model."""
    folder = tmp_path / "half-a-model"
    folder.mkdir()
    (folder / "metadata.json").write_text(json.dumps({"name": "half"}))
    monkeypatch.setenv("ATTUNE_MODEL", str(folder))
    return folder


@pytest.fixture(autouse=True)
def on_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Insights are open to whoever sits at the computer that runs the app."""
    monkeypatch.setattr(password, "read_visitor", lambda: LOCAL)


def test_a_damaged_database(open_app: OpenApp, corrupt: Path, caplog: pytest.LogCaptureFixture) -> None:
    page = with_your_data(demo(open_app))
    assert [w for w in page.warning if "Some content may be missing" in w.value and IN_THE_LOG in w.value]
    assert_plain(page, corrupt.parent)
    assert_plain(with_photo(opened("photo")), corrupt.parent)
    insights = opened("insights")
    assert [w for w in insights.warning if "Some titles may be missing" in w.value and IN_THE_LOG in w.value]
    assert_plain(insights, corrupt.parent)
    assert str(corrupt) in caplog.text


@pytest.mark.usefixtures("unreachable")
def test_a_database_that_does_not_answer(open_app: OpenApp, caplog: pytest.LogCaptureFixture) -> None:
    page = with_your_data(demo(open_app))
    assert [w.value for w in page.warning if IN_THE_LOG in w.value]
    assert_plain(page)
    for name in ("photo", "video", "insights", "model"):
        assert_plain(opened(name))
    assert "127.0.0.1" in caplog.text
    assert "shopdb" in caplog.text
    assert "s3cret" not in caplog.text


def test_a_database_whose_folder_cannot_be_made(
    open_app: OpenApp, no_spool: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{no_spool / 'attune.db'}")
    page = with_your_data(demo(open_app))
    assert [e for e in page.error if "Nothing from the catalog" in e.value and IN_THE_LOG in e.value]
    assert_plain(page, no_spool)
    assert str(no_spool) in caplog.text


def test_a_spool_that_cannot_be_opened(
    open_app: OpenApp, no_spool: Path, caplog: pytest.LogCaptureFixture
) -> None:
    page = with_your_data(demo(open_app))
    assert [w.value for w in page.warning if "Nothing is recorded" in w.value and IN_THE_LOG in w.value]
    assert [i.value for i in page.info if "there is nothing to show" in i.value]
    assert_plain(page, no_spool)
    assert str(no_spool) in caplog.text


def test_records_that_cannot_be_read_or_deleted(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    page = demo(open_app)
    content = catalog_service()
    assert content is not None and content.recorder is not None

    def broken(session_id: str) -> dict[str, object]:
        raise DatabaseUnavailableError("Expected a database at postgresql://operatrix@db.invalid/shopdb.")

    monkeypatch.setattr(content.recorder, "export_session", broken)
    monkeypatch.setattr(content.recorder, "delete_session", broken)
    page.session_state["attune"].page(LiveState).log.problem = "Expected room in /srv/attune/spool.db"
    with_your_data(page)
    assert_plain(page, "/srv/attune")
    page.button(key="delete-session").click().run()
    page.button(key="delete-yes").click().run()
    assert [e.value for e in page.error if "Nothing was deleted" in e.value]
    assert_plain(page, "/srv/attune")
    assert "cannot be read: Expected a database at postgresql://operatrix@db.invalid" in caplog.text
    assert "cannot be deleted: Expected a database at postgresql://operatrix@db.invalid" in caplog.text


def test_a_model_that_cannot_be_used(
    open_app: OpenApp, no_model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    page = open_app()
    page.button(key="consent").click().run()
    assert [e.value for e in page.error if IN_THE_LOG in e.value and "demo without a camera" in e.value]
    assert_plain(page, no_model)
    page = with_photo(opened("photo"))
    assert [e.value for e in page.error if IN_THE_LOG in e.value]
    assert_plain(page, no_model)
    page = opened("model")
    assert [e.value for e in page.error if IN_THE_LOG in e.value]
    assert_plain(page, no_model)
    page = (
        opened("video")
        .file_uploader[0]
        .set_value([("me.mp4", clip(steady(2, 10), wall()), "video/mp4")])
        .run()
    )
    page.button(key="video-read").click().run()
    reading = page.session_state["attune"].page(VideoState).clip.reading
    reading.join(30)
    page.run()
    assert [e.value for e in page.error if IN_THE_LOG in e.value]
    assert_plain(page, no_model)
    assert str(no_model) in caplog.text


NOBODY = MoodEstimate(EmotionScores.uniform(), None, 0.0, 0.0, 0.0, 0)


class Failing:
    """A feed whose worker has met something that only an operator can mend."""

    def snapshot(self, at_s: float) -> LiveSnapshot:
        return LiveSnapshot((), NOBODY, SessionCalibration(), None, 0, 0.0, "Expected /srv", "")

    trouble = None

    def status(self, at_s: float) -> CameraStatus:
        return CameraStatus(live=True, connecting=False)


def test_a_worker_that_cannot_read() -> None:
    mood, words, _ = follow.mood_now(LiveState(feed=Failing()), 1.0)
    assert mood is None
    assert words == f"Expressions cannot be read right now. {IN_THE_LOG}"


class OutOfReach(MemoryFileSystem):
    """A store of media that does not answer."""

    protocol = "outofreach"

    def ls(self, path, detail=True, **options):
        raise ConnectionError("no route to outofreach://operatrix:s3cret@db.invalid/shopdb")

    info = ls


def test_a_store_of_media_that_does_not_answer(open_app: OpenApp, monkeypatch: pytest.MonkeyPatch) -> None:
    fsspec.register_implementation("outofreach", OutOfReach, clobber=True)
    monkeypatch.setenv("ATTUNE_MEDIA_URL", "outofreach://operatrix:s3cret@db.invalid/shopdb")
    page = demo(open_app)
    assert catalog_service() is not None
    assert_plain(page)
