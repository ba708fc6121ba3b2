"""Where uploaded files are kept: a folder of this machine, or one that fsspec reaches (S3 and others).

Files are written once, under names that nobody else uses, and never changed. So a copy of a remote file
never grows old: ``RemoteFolder`` keeps copies of what was asked for on this machine, up to a size, and
everybody who shows a file deals with a path here. A remote store that is out takes nothing off the page
that is already here.
"""

from __future__ import annotations

import logging
import os
import re
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

import fsspec

from attune_settings import check_store_address, masked_address
from content.errors import AssetMissingError, AssetStoreError, AssetTooLargeError
from whole_files import write_whole

RETRY_AFTER_S = 10.0
"""How long a remote store that failed, or a file it did not have, is not asked for again."""
COPIES_BYTES = 1024**3
_WORKERS = 4
_FETCHERS = 2
# botocore would try for minutes.
_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    protocol: {
        "config_kwargs": {"connect_timeout": 5, "read_timeout": 15, "retries": {"total_max_attempts": 2}}
    }
    for protocol in ("s3", "s3a")
}

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of a media folder; ``modified_utc`` is None where the store does not tell."""

    name: str
    size_bytes: int
    modified_utc: datetime | None


class MediaFolder(Protocol):
    """A flat folder of files. What fails raises ``AssetStoreError``, whatever the technology."""

    @property
    def problem(self) -> str | None:
        """Why the folder could not be used last time, for a person; None when all is well."""

    def write(self, name: str, content: bytes) -> None:
        """Keep a file whole: no reader ever meets half of it."""

    def read(self, name: str) -> bytes:
        """A file's bytes; ``AssetMissingError`` where there is none."""

    def local_path(self, name: str, wait_s: float) -> Path | None:
        """Where the file, or a copy of it, lies on this machine; None when it is not here in ``wait_s``."""

    def fetch_ahead(self, names: Iterable[str]) -> None:
        """Begin to copy files to this machine, in the background."""

    def remove(self, name: str) -> None:
        """Delete a file; one that is not there is none to delete."""

    def listing(self) -> tuple[StoredFile, ...]:
        """All files, by name; none where the folder does not exist yet."""


def open_media(address: Path | str, copies: Path | None = None) -> MediaFolder:
    """The folder at a path or at an address such as ``s3://bucket/folder``.

    Nothing is reached yet, except that the driver of the address has to be installed.

    Args:
        address: a path, or a URL of fsspec's.
        copies: folder for the copies of remote files; beside the temporary files when not given.

    Raises:
        AssetStoreError: no such kind of address, its driver is missing, or it cannot be written to.
    """
    if isinstance(address, Path) or "://" not in address:
        return LocalFolder(Path(address))
    if address.startswith(("file://", "local://")):
        return LocalFolder(Path(fsspec.utils.stringify_path(address).split("://", 1)[1]))
    return RemoteFolder(address, copies or Path(tempfile.gettempdir()) / "attune-media-copies")


class LocalFolder:
    """A folder of this machine; made when the first file comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.problem: str | None = None

    def __str__(self) -> str:
        return str(self._folder)

    def write(self, name: str, content: bytes) -> None:
        """See ``MediaFolder``."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(self._folder / name, content)
        except OSError as error:
            raise AssetStoreError(
                f"Expected to be able to write to {self._folder}. Received: {error}"
            ) from error

    def read(self, name: str) -> bytes:
        """See ``MediaFolder``."""
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError as error:
            raise _missing(name, self) from error
        except OSError as error:
            raise AssetStoreError(f"Expected to be able to read {name!r}. Received: {error}") from error

    def local_path(self, name: str, wait_s: float = 0.0) -> Path | None:
        """See ``MediaFolder``; at once."""
        path = self._folder / name
        return path if path.is_file() else None

    def fetch_ahead(self, names: Iterable[str]) -> None:
        """Everything is here already."""

    def remove(self, name: str) -> None:
        """See ``MediaFolder``."""
        try:
            (self._folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise AssetStoreError(f"Expected to be able to delete {name!r}. Received: {error}") from error

    def listing(self) -> tuple[StoredFile, ...]:
        """See ``MediaFolder``; links to other places are left out."""
        if not self._folder.is_dir():
            return ()
        found = []
        try:
            for path in sorted(self._folder.iterdir()):
                with suppress(FileNotFoundError):  # it got its final name, or was deleted, meanwhile
                    status = path.lstat()
                    if stat.S_ISREG(status.st_mode):
                        modified = datetime.fromtimestamp(status.st_mtime, UTC)
                        found.append(StoredFile(path.name, status.st_size, modified))
        except OSError as error:
            raise AssetStoreError(f"Expected to be able to list {self._folder}. Received: {error}") from error
        return tuple(found)


class RemoteFolder:
    """A folder on a store that fsspec reaches, with copies on this machine.

    Each call to the store runs in a thread of a small pool and is waited for so long and no longer:
    drivers differ in how they give up. Each of these threads has a connection of its own.

    Args:
        url: of fsspec's, such as ``s3://bucket/folder``; the bucket or folder has to exist.
        copies: folder of this machine for the copies; made when the first one comes.
        time_limit_s: how long one call may take.
        copies_bytes: how much room the copies may take; the ones that were not used for longest go first.
        largest_bytes: a larger file is not fetched: it is none of this app's.
        clock: monotonic seconds.

    Raises:
        AssetStoreError: fsspec knows no such address, its driver is missing, or it can only be read.
    """

    def __init__(
        self,
        url: str,
        copies: Path,
        *,
        time_limit_s: float = 20.0,
        copies_bytes: int = COPIES_BYTES,
        largest_bytes: int = 64 * 1024**2,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url.rstrip("/")
        self._shown = masked_address(self._url)
        self._copies = LocalFolder(copies)
        self._copies_folder = copies
        self._time_limit_s = time_limit_s
        self._copies_bytes = copies_bytes
        self._largest_bytes = largest_bytes
        self._clock = clock
        self._problem: str | None = None
        self._ask_again_at_s = -float("inf")
        self._missing_until_s: dict[str, float] = {}
        self._coming: dict[str, Future[None]] = {}
        self._lock = threading.RLock()
        self._thread = threading.local()
        self._workers = ThreadPoolExecutor(_WORKERS, "attune-media")
        self._fetchers = ThreadPoolExecutor(_FETCHERS, "attune-media-ahead")
        self._check_address()

    def __str__(self) -> str:
        return self._shown

    @property
    def problem(self) -> str | None:
        """Why the store could not be used last time, for a person; None when all is well."""
        return self._problem

    def _check_address(self) -> None:
        try:
            check_store_address(self._url)
        except ValueError as error:
            raise AssetStoreError(
                "Expected the address of a store that fsspec can write to, such as s3://bucket/folder. "
                f"Received: {error}"
            ) from error

    def write(self, name: str, content: bytes) -> None:
        """See ``MediaFolder``; asks the store even when it has just failed."""

        def work(store: fsspec.AbstractFileSystem, root: str) -> None:
            # Not every store swaps a file in at once: under a passing name first.
            passing = f"{root}/.{name}.part"
            store.pipe_file(passing, content)
            store.mv(passing, f"{root}/{name}")

        try:
            self._ask(work)
        except FileNotFoundError as error:
            raise self._failed(error) from error
        self._missing_until_s.pop(name, None)
        try:
            self._copies.write(name, content)
            self._trim(name)
        except AssetStoreError as error:
            # It is kept where it belongs; a copy here would only have been quicker.
            _log.warning("%s", error)

    def read(self, name: str) -> bytes:
        """See ``MediaFolder``; from the copy where there is one."""
        if (path := self._copy(name)) is not None:
            return path.read_bytes()
        try:
            content = self._ask(lambda store, root: self._read(store, root, name))
        except FileNotFoundError as error:
            raise _missing(name, self) from error
        return content

    def local_path(self, name: str, wait_s: float = 0.0) -> Path | None:
        """See ``MediaFolder``; begins to fetch the file where there is no copy yet."""
        if (path := self._copy(name)) is not None:
            return path
        coming = self._fetch(name, self._workers)
        if coming is not None and wait_s > 0:
            try:
                coming.result(wait_s)
            except TimeoutError:
                return None
        return self._copy(name)

    def fetch_ahead(self, names: Iterable[str]) -> None:
        """See ``MediaFolder``; stops before it would push other copies out."""
        for name in names:
            if self._copy(name) is None:
                self._fetch(name, self._fetchers)

    def remove(self, name: str) -> None:
        """See ``MediaFolder``."""
        self._copies.remove(name)
        try:
            self._ask(lambda store, root: store.rm_file(f"{root}/{name}"))
        except FileNotFoundError:
            _log.debug("%s was gone already", name)

    def listing(self) -> tuple[StoredFile, ...]:
        """See ``MediaFolder``."""
        try:
            return self._ask(_list)
        except FileNotFoundError:
            return ()

    def _copy(self, name: str) -> Path | None:
        path = self._copies.local_path(name)
        if path is not None:
            try:
                os.utime(path)  # used now: it goes last
            except OSError:
                return None  # another process has just made room
        return path

    def _fetch(self, name: str, pool: ThreadPoolExecutor) -> Future[None] | None:
        """Fetch a file unless that is under way or hopeless for now."""
        now_s = self._clock()
        with self._lock:
            coming = self._coming.get(name)
            if coming is not None and not (pool is self._workers and coming.cancel()):
                return coming
            if now_s < self._ask_again_at_s or now_s < self._missing_until_s.get(name, now_s):
                return None
            coming = self._coming[name] = pool.submit(self._fetch_now, name, pool is self._fetchers)
        coming.add_done_callback(lambda done: self._came(name, done))
        return coming

    def _came(self, name: str, done: Future[None]) -> None:
        with self._lock:
            if self._coming.get(name) is done:
                del self._coming[name]

    def _fetch_now(self, name: str, ahead: bool) -> None:
        """Copy one file here; what goes wrong is kept in ``problem`` and for the next look."""
        if self._clock() < self._ask_again_at_s or (ahead and self._copied_bytes() >= self._copies_bytes):
            return
        try:
            self._copies.write(name, self._connected(lambda store, root: self._read(store, root, name)))
        except FileNotFoundError:
            self._missing_until_s[name] = self._clock() + RETRY_AFTER_S
            _log.warning("Expected the file %s in %s. Received: none", name, self._shown)
        except (AssetStoreError, AssetTooLargeError) as error:
            self._missing_until_s[name] = self._clock() + RETRY_AFTER_S
            _log.warning("%s", error)
        except Exception as error:  # noqa: BLE001 (drivers raise errors of their own libraries)
            self._failed(error)
        else:
            self._problem = None
            self._trim(name)

    def _read(self, store: fsspec.AbstractFileSystem, root: str, name: str) -> bytes:
        size = int(store.info(f"{root}/{name}")["size"] or 0)
        if size > self._largest_bytes:
            raise AssetTooLargeError(
                f"Expected files of at most {self._largest_bytes / 1024**2:g} MB in {self._shown}. "
                f"Received: {name!r} with {size / 1024**2:.1f} MB."
            )
        content: bytes = store.cat_file(f"{root}/{name}")
        return content

    def _ask(self, work: Callable[[fsspec.AbstractFileSystem, str], _T]) -> _T:
        """Have the store do something, for a limited time.

        Raises:
            FileNotFoundError: the store has no such file.
            AssetTooLargeError: the file is none of this app's.
            AssetStoreError: anything else.
        """
        asked = self._workers.submit(self._connected, work)
        try:
            answer = asked.result(self._time_limit_s)
        except (FileNotFoundError, AssetTooLargeError):
            raise
        except Exception as error:  # drivers raise errors of their own libraries
            asked.cancel()
            raise self._failed(error) from error
        self._problem = None
        return answer

    def _connected(self, work: Callable[[fsspec.AbstractFileSystem, str], _T]) -> _T:
        """Do something by this thread's own connection; the next one is new where that fails."""
        try:
            return work(*self._connection())
        except (FileNotFoundError, AssetTooLargeError):
            raise
        except BaseException:
            self._thread.__dict__.clear()
            raise

    def _connection(self) -> tuple[fsspec.AbstractFileSystem, str]:
        if not hasattr(self._thread, "store"):
            options = _OPTIONS.get(self._url.split("://", 1)[0], {})
            # Another process may have added a file since the last look: no remembered listings.
            self._thread.store = fsspec.core.url_to_fs(
                self._url, use_listings_cache=False, skip_instance_cache=True, **options
            )
        store, root = self._thread.store
        return store, root.rstrip("/")

    def _failed(self, error: Exception) -> AssetStoreError:
        self._ask_again_at_s = self._clock() + RETRY_AFTER_S
        # A driver's message may hold the address with a password in it.
        said = str(error).replace(self._url, self._shown) or "no answer in time"
        problem = (
            f"Expected the media store {self._shown} to answer; what was shown before stays. "
            f"Received: {type(error).__name__}: {said[:300]}"
        )
        if self._problem is None:
            _log.error("%s", problem)
        self._problem = problem
        return AssetStoreError(problem)

    def _copied_bytes(self) -> int:
        return sum(file.size_bytes for file in self._copies.listing())

    def _trim(self, newest: str) -> None:
        """Delete the copies that were not used for longest until the rest has room."""
        with self._lock:
            files = [file for file in self._copies.listing() if not file.name.startswith(".")]
            too_many = sum(file.size_bytes for file in files) - self._copies_bytes
            for file in sorted(files, key=lambda file: file.modified_utc or datetime.max.replace(tzinfo=UTC)):
                if too_many <= 0:
                    return
                if file.name != newest:
                    self._copies.remove(file.name)
                    too_many -= file.size_bytes


def _list(store: fsspec.AbstractFileSystem, root: str) -> tuple[StoredFile, ...]:
    found = []
    for entry in store.ls(root, detail=True):
        name = re.split(r"[/\\]", str(entry["name"]))[-1]
        if entry.get("type") != "file" or not name:
            continue
        modified = entry.get("LastModified") or entry.get("mtime")
        if not isinstance(modified, datetime):
            try:
                modified = store.modified(entry["name"])
            except NotImplementedError:
                modified = None
        if modified is not None and modified.tzinfo is None:
            modified = modified.replace(tzinfo=UTC)
        found.append(StoredFile(name, int(entry["size"] or 0), modified))
    return tuple(sorted(found, key=lambda file: file.name))


def _missing(name: str, folder: MediaFolder) -> AssetMissingError:
    return AssetMissingError(
        f"Expected an uploaded file in {folder}. Received: {name!r}, which is not there."
    )
