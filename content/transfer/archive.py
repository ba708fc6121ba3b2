"""Zip files from outside, opened without trust: everything is checked before anything is inflated."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

from content.errors import TransferFileError, TransferRefusedError

_CHUNK = 64 * 1024
_END = b"PK\x05\x06"
_END_SIZE = 22
_ZIP64_LOCATOR = b"PK\x06\x07"


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """How much a zip may hold.

    Attributes:
        files: members, and entries of its directory.
        file_bytes: of one member, inflated; the largest clip that may be uploaded.
        total_bytes: of all members, inflated.
        ratio: inflated bytes for each packed one, of members above ``ratio_from_bytes``. Pictures and
            clips are packed already; JSON of ten thousand equal items comes to 150.
        directory_bytes: of the list of members, which is read into memory as a whole.
    """

    files: int = 50_000
    file_bytes: int = 64 * 1024 * 1024
    total_bytes: int = 4 * 1024**3 - 1
    ratio: int = 500
    ratio_from_bytes: int = 1024 * 1024
    directory_bytes: int = 16 * 1024 * 1024


class Archive:
    """The members of a zip that passed every check, read one at a time.

    Args:
        source: a path, or an open binary file that can seek.
        limits: how much it may hold.

    Raises:
        TransferFileError: no zip, or a damaged one.
        TransferRefusedError: names that lead elsewhere, links, encryption, too much of anything.
    """

    def __init__(self, source: Path | IO[bytes], limits: ArchiveLimits | None = None) -> None:
        self._limits = limits or ArchiveLimits()
        self._own: IO[bytes] | None = None
        try:
            file = self._own = source.open("rb") if isinstance(source, Path) else None
            _check_directory(file or source, self._limits)  # type: ignore[arg-type]
            self._zip = zipfile.ZipFile(file or source)
            self._members = self._checked()
        except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            self.close()
            raise TransferFileError(f"Expected a whole zip file. Received: {error}") from error
        except TransferRefusedError:
            self.close()
            raise

    def close(self) -> None:
        """Give the file back."""
        if self._own is not None:
            self._own.close()

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def sizes(self) -> Mapping[str, int]:
        """Name → bytes when inflated, of every member that is a file."""
        return {name: info.file_size for name, info in self._members.items()}

    def read(self, name: str) -> bytes:
        """A member's bytes.

        Raises:
            TransferFileError: it is damaged or not there.
        """
        info = self._members.get(name)
        if info is None:
            raise TransferFileError(f"Expected {name} in the zip. Received: a zip without it")
        content = bytearray()
        try:
            with self._zip.open(info) as member:
                while chunk := member.read(_CHUNK):
                    content += chunk
                    if len(content) > self._limits.file_bytes:
                        raise _refused(f"{name} of at most {_mb(self._limits.file_bytes)}", "more")
        except (OSError, zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as error:
            raise TransferFileError(f"Expected {name} of the zip to be whole. Received: {error}") from error
        return bytes(content)

    def _checked(self) -> dict[str, zipfile.ZipInfo]:
        limits = self._limits
        infos = self._zip.infolist()
        if len(infos) > limits.files:
            raise _refused(f"at most {limits.files:,} files in the zip", f"{len(infos):,}")
        total = sum(info.file_size for info in infos)
        if total > limits.total_bytes:
            raise _refused(f"files of {_mb(limits.total_bytes)} together at most", _mb(total))
        members: dict[str, zipfile.ZipInfo] = {}
        seen: set[str] = set()
        for info in infos:
            _check_member(info, limits)
            # Two names that differ by case alone are one file on many computers.
            if info.filename.lower() in seen:
                raise _refused("each name once in the zip", f"{info.filename!r} twice")
            seen.add(info.filename.lower())
            if not info.is_dir():
                members[info.filename] = info
        return members


def _check_directory(file: IO[bytes], limits: ArchiveLimits) -> None:
    """Bound what ``zipfile`` will read and build before it lets anyone look."""
    size = file.seek(0, 2)
    if size == 0:
        raise TransferFileError("Expected a zip file. Received: an empty file.")
    file.seek(max(0, size - _END_SIZE - 65535 - 20))
    tail = file.read()
    file.seek(0)
    place = tail.rfind(_END)
    if place < 0 or len(tail) - place < _END_SIZE:
        raise TransferFileError("Expected a whole zip file. Received: one without its end, or another file.")
    if tail[max(0, place - 20) : place].startswith(_ZIP64_LOCATOR):
        raise _refused("a zip of less than 4 GB", "one in the form for larger ones (zip64)")
    directory = int.from_bytes(tail[place + 12 : place + 16], "little")
    if directory > limits.directory_bytes:
        raise _refused(f"a list of files of at most {_mb(limits.directory_bytes)}", _mb(directory))


def _check_member(info: zipfile.ZipInfo, limits: ArchiveLimits) -> None:
    # The name as it stands in the zip: `filename` is already tidied up.
    name = info.orig_filename
    parts = name.removesuffix("/").split("/")
    if (
        name.startswith("/")
        or "\\" in name
        or ":" in name
        or any(ord(c) < 32 for c in name)
        or any(part in ("", ".", "..") for part in parts)
    ):
        raise _refused("names that stay inside the zip", repr(name))
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _refused("files and folders in the zip", f"{name!r}, a link or device")
    if info.flag_bits & 0x1:
        raise _refused("a zip without a password", f"{name!r}, which is encrypted")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _refused("files that are stored or deflated", f"{name!r}, packed in another way")
    if info.file_size > limits.file_bytes:
        raise _refused(f"files of at most {_mb(limits.file_bytes)}", f"{name!r} with {_mb(info.file_size)}")
    if info.file_size > limits.ratio_from_bytes and info.file_size > limits.ratio * info.compress_size:
        raise _refused(
            f"files that unpack to at most {limits.ratio} times their packed size",
            f"{name!r}, {info.compress_size:,} bytes that become {info.file_size:,}",
        )


def _refused(expected: str, received: str) -> TransferRefusedError:
    return TransferRefusedError(f"Expected {expected}. Received: {received}")


def _mb(count: int) -> str:
    return f"{count / 1024**2:,.0f} MB"
