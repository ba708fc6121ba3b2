"""Media folders: the same promises on this machine, in memory and on a server that speaks S3."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from moto.server import ThreadedMotoServer

from content.bootstrap import open_content
from content.errors import AssetError, AssetMissingError, AssetStoreError, AssetTooLargeError
from content.media.assets import AssetStore
from content.media.storage import LocalFolder, MediaFolder, RemoteFolder, open_media
from content.types import Asset, AssetType
from tests.content.media_files import picture

NAMES = [f"{n:x}" * 32 + ".png" for n in range(4)]
BUCKET = "attune-test"


class Clock:
    """Monotonic seconds that a test moves."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class StoreOfTests(MemoryFileSystem):
    """fsspec's store in memory, which can be out, slow or broken in the middle of a write."""

    protocol = "testmemory"
    store: dict[str, object] = {}
    pseudo_dirs = [""]
    cachable = False
    out: type[Exception] | None = None
    slow: threading.Event | None = None
    breaks_at_move = False
    calls = 0

    @classmethod
    def _strip_protocol(cls, path):
        return MemoryFileSystem._strip_protocol(path.removeprefix("testmemory://"))

    def _called(self) -> None:
        type(self).calls += 1
        if self.slow is not None:
            self.slow.wait(20)
        if self.out is not None:
            raise self.out("no route to testmemory://user:secret@host/media")

    def info(self, path, **options):
        self._called()
        return super().info(path, **options)

    def ls(self, path, detail=True, **options):
        self._called()
        return super().ls(path, detail, **options)

    def pipe_file(self, path, value, mode="overwrite", **options):
        self._called()
        return super().pipe_file(path, value, mode, **options)

    def mv(self, path1, path2, recursive=False, maxdepth=None, **options):
        if self.breaks_at_move:
            raise ConnectionResetError("the line is dead")
        return super().mv(path1, path2, recursive, maxdepth, **options)

    def rm_file(self, path):
        self._called()
        super().rm_file(path)


@pytest.fixture
def testmemory() -> Iterator[type[StoreOfTests]]:
    fsspec.register_implementation("testmemory", StoreOfTests, clobber=True)
    yield StoreOfTests
    if StoreOfTests.slow is not None:
        StoreOfTests.slow.set()
    StoreOfTests.out, StoreOfTests.slow, StoreOfTests.breaks_at_move, StoreOfTests.calls = (
        None,
        None,
        False,
        0,
    )
    StoreOfTests.store.clear()


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    """An S3 server on a free port of this machine, with one bucket."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    url = f"http://127.0.0.1:{port}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_ENDPOINT_URL", url)
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        yield url
    server.stop()


@pytest.fixture(params=["local", "memory", "s3"])
def address(request, tmp_path) -> Iterator[str | Path]:
    """Where the files of a test lie; nothing is there yet."""
    if request.param == "local":
        yield tmp_path / "media"
    elif request.param == "memory":
        yield "memory://media"
        fsspec.filesystem("memory").store.clear()
    else:
        request.getfixturevalue("s3_server")
        yield f"s3://{BUCKET}/{tmp_path.name}"


@pytest.fixture
def folder(address, tmp_path) -> MediaFolder:
    return open_media(address, tmp_path / "copies")


@pytest.fixture
def remote(testmemory, tmp_path) -> RemoteFolder:
    return RemoteFolder(
        f"testmemory://{tmp_path.name}",
        tmp_path / "copies",
        time_limit_s=5,
        largest_bytes=1000,
        clock=Clock(),
    )


# -- the same on every kind of folder ------------------------------------------------------------------


def test_what_is_written_is_read_listed_and_deleted(folder, address, tmp_path):
    assert folder.listing() == ()
    folder.write(NAMES[0], b"one")
    folder.write(NAMES[1], b"three")
    assert [(f.name, f.size_bytes) for f in folder.listing()] == [(NAMES[0], 3), (NAMES[1], 5)]
    age = datetime.now(UTC) - folder.listing()[0].modified_utc
    assert timedelta(minutes=-1) < age < timedelta(minutes=5)
    somebody_else = open_media(address, tmp_path / "other-copies")
    assert somebody_else.read(NAMES[1]) == b"three"
    assert somebody_else.local_path(NAMES[0], 20).read_bytes() == b"one"
    folder.remove(NAMES[0])
    folder.remove(NAMES[0])
    assert [f.name for f in somebody_else.listing()] == [NAMES[1]]
    assert folder.local_path(NAMES[0], 20) is None
    with pytest.raises(AssetMissingError, match=f"Received: '{NAMES[0]}'"):
        folder.read(NAMES[0])
    assert folder.problem is None


def test_a_store_of_assets_keeps_finds_and_removes_them(folder, tmp_path):
    (tmp_path / "starter").mkdir()
    (tmp_path / "starter" / "ours.png").write_bytes(b"ours")
    assets = AssetStore(folder, tmp_path / "starter")
    asset = assets.add(picture(), "../../evil.png")
    assert assets.read_bytes(asset) == picture() == assets.path(asset).read_bytes()
    assert assets.read_bytes("starter/ours.png") == b"ours"
    assert [f"media/{f.name}" for f in assets.listing()] == [asset.location]
    for location in ("https://example.org/a.png", "media/../secret.png", "media/missing.png", "", "media/"):
        assert assets.path(location) is None
        with pytest.raises(AssetMissingError, match="Received"):
            assets.read_bytes(location)
    assets.remove(asset)
    assets.remove(Asset(AssetType.IMAGE, "starter/ours.png", "image/png"))
    assert assets.listing() == ()
    assert assets.path("starter/ours.png") is not None


def test_a_refused_upload_leaves_nothing(folder, tmp_path):
    with pytest.raises(AssetError):
        AssetStore(folder, tmp_path).add(b"<html><script>alert(1)</script></html>", "a.png")
    assert folder.listing() == ()


def test_a_sweep_takes_what_nothing_refers_to(folder, tmp_path):
    assets = AssetStore(folder, tmp_path)
    used, unused = assets.add(picture()), assets.add(picture(color="red"))
    folder.write("notes.txt", b"not ours")
    tomorrow = datetime.now(UTC) + timedelta(days=1, minutes=1)
    assert assets.sweep({used.location}, "mine", datetime.now(UTC)) == ()
    assert assets.sweep({used.location}, "a copy of it", tomorrow) == ()
    assert assets.sweep({used.location}, "mine", tomorrow) == (unused.location.removeprefix("media/"),)
    assert assets.path(unused) is None
    assert assets.path(used) is not None
    assert folder.read("notes.txt") == b"not ours"


# -- copies of remote files ----------------------------------------------------------------------------


def test_a_file_is_fetched_once_and_then_shown_from_its_copy(remote, testmemory, tmp_path):
    RemoteFolder(f"testmemory://{tmp_path.name}", tmp_path / "elsewhere").write(NAMES[0], b"one")
    first = remote.local_path(NAMES[0], 5)
    calls = testmemory.calls
    assert [remote.local_path(NAMES[0], 5), remote.read(NAMES[0])] == [first, b"one"]
    assert testmemory.calls == calls


def test_nobody_waits_longer_than_asked_and_the_file_comes_all_the_same(remote, testmemory, tmp_path):
    RemoteFolder(f"testmemory://{tmp_path.name}", tmp_path / "elsewhere").write(NAMES[0], b"one")
    testmemory.slow = threading.Event()
    assert remote.local_path(NAMES[0], 0.0) is None
    assert remote.local_path(NAMES[0], 0.01) is None
    testmemory.slow.set()
    assert remote.local_path(NAMES[0], 5).read_bytes() == b"one"


def test_files_are_fetched_ahead(remote, testmemory, tmp_path):
    there = RemoteFolder(f"testmemory://{tmp_path.name}", tmp_path / "elsewhere")
    for name in NAMES:
        there.write(name, b"x")
    remote.fetch_ahead(NAMES)
    for name in NAMES:
        assert remote.local_path(name, 5) is not None
    before = testmemory.calls
    remote.fetch_ahead(NAMES)
    assert testmemory.calls == before


def test_a_folder_is_listed_while_files_come_and_go(tmp_path):
    folder = LocalFolder(tmp_path)
    folder.write(NAMES[0], b"stays")

    def come_and_go() -> None:
        for _ in range(200):
            folder.write(NAMES[1], b"passes by")
            folder.remove(NAMES[1])

    with ThreadPoolExecutor(1) as others:
        coming = others.submit(come_and_go)
        while not coming.done():
            assert NAMES[0] in {f.name for f in folder.listing()}
        coming.result()


def test_copies_take_so_much_room_and_the_least_used_go_first(testmemory, tmp_path):
    RemoteFolder(f"testmemory://{tmp_path.name}", tmp_path / "elsewhere").write(NAMES[3], b"x" * 40)
    folder = RemoteFolder(f"testmemory://{tmp_path.name}", tmp_path / "copies", copies_bytes=100)
    for days_ago, name in zip((1, 3, 2), NAMES, strict=False):
        folder.write(name, b"x" * 30)
        at_s = (datetime.now(UTC) - timedelta(days=days_ago)).timestamp()
        os.utime(tmp_path / "copies" / name, (at_s, at_s))
    assert folder.local_path(NAMES[3], 5) is not None
    assert {p.name for p in (tmp_path / "copies").iterdir()} == {NAMES[0], NAMES[2], NAMES[3]}
    folder.fetch_ahead([NAMES[1]])  # there is no room left, so nothing is pushed out
    assert len(folder.listing()) == 4
    assert folder.read(NAMES[1]) == b"x" * 30


def test_a_file_too_large_to_be_this_apps_is_not_fetched(remote, testmemory, tmp_path):
    testmemory(skip_instance_cache=True).pipe_file(f"/{tmp_path.name}/{NAMES[0]}", b"x" * 1001)
    with pytest.raises(AssetTooLargeError, match=r"Received: .* with 0\.0 MB"):
        remote.read(NAMES[0])
    assert remote.local_path(NAMES[0], 5) is None
    assert remote.problem is None


# -- a store that is out -------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [ConnectionError, TimeoutError, PermissionError, ValueError, EOFError])
def test_an_outage_is_named_without_the_password_and_what_is_here_stays(remote, testmemory, error):
    remote.write(NAMES[0], b"one")
    testmemory.out = error
    for ask in (remote.listing, lambda: remote.read(NAMES[1]), lambda: remote.write(NAMES[2], b"x")):
        with pytest.raises(AssetStoreError, match="Expected the media store testmemory://test_an_outage"):
            ask()
    assert error.__name__ in remote.problem
    assert remote.local_path(NAMES[0], 0).read_bytes() == b"one"
    assert remote.read(NAMES[0]) == b"one"
    testmemory.out = None
    assert remote.listing()
    assert remote.problem is None


def test_a_store_that_is_out_is_not_asked_again_at_every_tick(remote, testmemory, tmp_path):
    RemoteFolder(f"testmemory://{tmp_path.name}", tmp_path / "elsewhere").write(NAMES[0], b"one")
    testmemory.out = ConnectionError
    assert remote.local_path(NAMES[0], 5) is None
    calls = testmemory.calls
    assert [remote.local_path(NAMES[0], 5) for _ in range(50)] == [None] * 50
    assert testmemory.calls == calls
    testmemory.out = None
    remote._clock.now_s = 11.0
    assert remote.local_path(NAMES[0], 5) is not None
    assert remote.problem is None


def test_a_store_that_never_answers_is_given_up(testmemory, tmp_path):
    folder = RemoteFolder(f"testmemory://{tmp_path.name}", tmp_path / "copies", time_limit_s=0.05)
    testmemory.slow = threading.Event()
    with pytest.raises(AssetStoreError, match="no answer in time"):
        folder.write(NAMES[0], b"one")


def test_an_upload_that_breaks_off_is_no_file(remote, testmemory, tmp_path):
    testmemory.breaks_at_move = True
    with pytest.raises(AssetStoreError, match="the line is dead"):
        AssetStore(remote, tmp_path).add(picture())
    testmemory.breaks_at_move = False
    assert AssetStore(remote, tmp_path).listing() == ()
    assert not (tmp_path / "copies").exists()


def test_a_bucket_that_is_not_there_is_named(s3_server, tmp_path):
    folder = open_media("s3://no-such-bucket/x", tmp_path / "copies")
    with pytest.raises(AssetStoreError, match="s3://no-such-bucket/x"):
        folder.write(NAMES[0], b"one")
    assert folder.local_path(NAMES[0], 20) is None


def test_a_server_that_is_switched_off(tmp_path, monkeypatch, s3_server):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{probe.getsockname()[1]}")
    folder = open_media(f"s3://{BUCKET}/x", tmp_path / "copies")
    with pytest.raises(AssetStoreError, match="Could not connect"):
        folder.read(NAMES[0])
    assert folder.problem is not None


# -- settings ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://user:secret@example.org/x", "example.org"),
        ("nosuch://x", "a kind it does not know"),
        ("zip://a::s3://x", "zip"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_at_once_and_without_its_password(url, says, tmp_path):
    with pytest.raises(AssetStoreError, match=f"Expected the address of a store.*Received.*{says}") as caught:
        open_media(url, tmp_path)
    assert "secret" not in str(caught.value)


def test_a_driver_that_is_missing_is_named(monkeypatch, tmp_path):
    def missing(protocol: str) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr(fsspec, "get_filesystem_class", missing)
    with pytest.raises(AssetStoreError, match="Install s3fs"):
        open_media("s3://bucket/x", tmp_path)


def test_addresses_of_this_machine_are_folders_of_it(tmp_path):
    for address in (tmp_path, str(tmp_path), f"file://{tmp_path}"):
        folder = open_media(address)
        assert isinstance(folder, LocalFolder)
        folder.write("a.png", b"x")
    assert (tmp_path / "a.png").read_bytes() == b"x"


def test_the_app_takes_the_store_from_its_settings(monkeypatch, tmp_path, testmemory):
    monkeypatch.setenv("ATTUNE_MEDIA_URL", "testmemory://media")
    monkeypatch.setenv("ATTUNE_MEDIA_DIR", str(tmp_path / "media"))
    content = open_content(f"sqlite:///{tmp_path / 'x.db'}")
    asset = content.assets.add(picture())
    assert testmemory(skip_instance_cache=True).exists(f"/media/{asset.location.removeprefix('media/')}")
    assert content.assets.path(asset).parent == tmp_path / "media-copies"
    testmemory.out = ConnectionError
    with pytest.raises(AssetStoreError):
        content.assets.add(picture(color="red"))
    assert content.catalog().items
    assert content.problem is None
    assert "testmemory://media" in content.assets.problem
    content.close()
