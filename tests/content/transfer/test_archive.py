"""Zip files from outside: what is refused, and that it is refused before anything is inflated."""

from __future__ import annotations

import contextlib
import io
import stat
import struct
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.errors import TransferFileError, TransferRefusedError
from content.transfer.archive import Archive, ArchiveLimits
from content.transfer.exchange import read_zip

EMPTY_CATALOG = '{"items": []}'
LIMITS = ArchiveLimits()


def packed(*members: tuple[str | zipfile.ZipInfo, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip with a catalog and these members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("catalog.json", EMPTY_CATALOG)
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def with_type(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3  # Unix
    info.external_attr = mode << 16
    return info


def patched(data: bytes, *, local: tuple[int, str, int], central: tuple[int, str, int]) -> bytes:
    """A zip whose last member's headers say otherwise; each change is (offset, form, value)."""
    changed = bytearray(data)
    for mark, (offset, form, value) in ((b"PK\x03\x04", local), (b"PK\x01\x02", central)):
        struct.pack_into(form, changed, data.rindex(mark) + offset, value)
    return bytes(changed)


def test_what_is_fine_is_read() -> None:
    folder = zipfile.ZipInfo("media/")
    with Archive(io.BytesIO(packed((folder, b""), ("media/a.png", b"a"), (".DS_Store", b"")))) as archive:
        assert archive.sizes == {"catalog.json": len(EMPTY_CATALOG), "media/a.png": 1, ".DS_Store": 0}
        assert archive.read("media/a.png") == b"a"
        with pytest.raises(TransferFileError, match="without it"):
            archive.read("media/b.png")


@pytest.mark.parametrize(
    "name",
    [
        "../catalog.json",
        "media/../../etc/passwd",
        "..",
        "/etc/passwd",
        "//host/share",
        "media//a.png",
        "./a.png",
        "..\\windows.ini",
        "media\\..\\a.png",
        "C:/windows.ini",
        "media/a.png\x00.html",
        "media/a\n.png",
    ],
)
def test_names_that_lead_elsewhere_are_refused(name) -> None:
    info = zipfile.ZipInfo("placeholder")
    info.filename = info.orig_filename = name
    with pytest.raises(TransferRefusedError, match="stay inside the zip"):
        read_zip(io.BytesIO(packed((info, b"x"))))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
def test_links_and_devices_are_refused(kind) -> None:
    with pytest.raises(TransferRefusedError, match="a link or device"):
        read_zip(io.BytesIO(packed((with_type("media/a.png", kind | 0o777), b"/etc/passwd"))))


def test_files_and_folders_marked_so_are_read() -> None:
    data = packed(
        (with_type("media/", stat.S_IFDIR | 0o755), b""),
        (with_type("media/a.png", stat.S_IFREG | 0o644), b"a"),
    )
    assert read_zip(io.BytesIO(data)).has_file("media/a.png")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("second", ["catalog.json", "CATALOG.JSON"])
def test_a_name_that_is_there_twice_is_refused(second) -> None:
    with pytest.raises(TransferRefusedError, match="each name once"):
        read_zip(io.BytesIO(packed((second, '{"items": [1]}'))))


def test_an_encrypted_file_is_refused() -> None:
    data = patched(packed(("media/a.png", b"a")), local=(6, "<H", 1), central=(8, "<H", 1))
    with pytest.raises(TransferRefusedError, match="encrypted"):
        read_zip(io.BytesIO(data))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_to_pack_are_refused(method) -> None:
    with pytest.raises(TransferRefusedError, match="packed in another way"):
        read_zip(io.BytesIO(packed(("media/a.png", b"a"), method=method)))


# --- bombs -------------------------------------------------------------------------------------------


class NoInflating(zipfile.ZipFile):
    def open(self, *args, **settings):
        raise AssertionError("inflated before it was checked")


@pytest.mark.parametrize(
    ("limits", "match"),
    [
        (LIMITS, "times their packed size"),
        (replace(LIMITS, file_bytes=1024**2), "files of at most 1 MB"),
        (replace(LIMITS, total_bytes=1024**2), "together at most"),
        (replace(LIMITS, files=2), "at most 2 files"),
        (replace(LIMITS, directory_bytes=100), "list of files"),
    ],
    ids=["ratio", "one file", "total", "many files", "directory"],
)
def test_a_bomb_is_refused_before_it_is_inflated(monkeypatch, limits, match) -> None:
    bomb = packed(("media/a.png", bytes(4 * 1024**2)), ("media/b.png", b"b"))
    monkeypatch.setattr(zipfile, "ZipFile", NoInflating)
    with pytest.raises(TransferRefusedError, match=match):
        read_zip(io.BytesIO(bomb), limits)


def test_a_catalog_that_is_a_bomb_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("catalog.json", '{"items": [' + " " * 8 * 1024**2 + "]}")
    with pytest.raises(TransferRefusedError, match="times their packed size"):
        read_zip(file)


def test_a_bomb_that_lies_about_its_size_gives_no_more_than_it_says() -> None:
    data = packed(("media/a.png", bytes(4 * 1024**2)))
    lying = patched(data, local=(22, "<I", 1000), central=(24, "<I", 1000))
    with Archive(io.BytesIO(lying)) as archive:
        assert archive.sizes["media/a.png"] == 1000
        with pytest.raises(TransferFileError, match="whole"):
            archive.read("media/a.png")


def test_the_form_for_larger_zips_is_refused() -> None:
    data = packed()
    end = data.rindex(b"PK\x05\x06")
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, 0, 1)
    with pytest.raises(TransferRefusedError, match="zip64"):
        read_zip(io.BytesIO(data[:end] + locator + data[end:]))


# --- damage ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.9, 0.99])
def test_part_of_a_zip_is_no_zip(share) -> None:
    data = packed(("media/a.png", bytes(range(256)) * 40))
    with pytest.raises(TransferFileError, match="Received"):
        read_zip(io.BytesIO(data[: int(len(data) * share)]))


def test_a_damaged_file_in_the_zip_is_told() -> None:
    data = packed(("media/a.png", b"some bytes that are stored"), method=zipfile.ZIP_STORED)
    archive = Archive(io.BytesIO(data.replace(b"some bytes", b"some other")))
    with pytest.raises(TransferFileError, match="to be whole"):
        archive.read("media/a.png")


@pytest.mark.parametrize(
    ("offset", "value"), [(6, 99), (8, 0x20), (8, 0x40)], ids=["version", "patched", "strong encryption"]
)
def test_a_zip_that_asks_for_more_than_can_be_done_is_refused(offset, value) -> None:
    data = bytearray(packed())
    data[data.index(b"PK\x01\x02") + offset] = value
    with pytest.raises(TransferFileError, match="Received"):
        read_zip(io.BytesIO(bytes(data)))


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_zip_with_any_bytes_changed_is_read_or_refused(changes) -> None:
    data = bytearray(packed(("media/a.png", b"some bytes")))
    for place, value in changes:
        data[place % len(data)] = value
    with contextlib.suppress(TransferFileError, TransferRefusedError):
        read_zip(io.BytesIO(bytes(data))).close()


def test_a_zip_without_a_catalog_is_none() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("folder/catalog.json", EMPTY_CATALOG)
    with pytest.raises(TransferFileError, match=r"Expected catalog\.json in the zip"):
        read_zip(file)


def test_a_refused_file_is_not_kept_open(tmp_path) -> None:
    path = tmp_path / "bad.zip"
    for content in (packed(("../x", b"")), b"no zip", packed()[:-5]):
        path.write_bytes(content)
        with pytest.raises((TransferRefusedError, TransferFileError)):
            Archive(path)
        path.unlink()
