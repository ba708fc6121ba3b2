"""Files of items: what may be uploaded, under which name it is kept, and where it lies.

The kind of a file is read from its bytes, never from its name or from what a browser claims. SVG is
refused: it is a document that can carry scripts.
"""

from __future__ import annotations

import hashlib
import io
import logging
import re
import secrets
import struct
import warnings
import zipfile
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from PIL import Image

from content.catalog.editing import MIME_TYPES, STORED_NAME, is_https
from content.errors import (
    AssetError,
    AssetLinkError,
    AssetMissingError,
    AssetStoreError,
    AssetTooLargeError,
    AssetTypeError,
)
from content.media.clips import read_clip, without_clip_metadata
from content.media.metadata import without_metadata
from content.media.storage import LocalFolder, MediaFolder, StoredFile
from content.types import Asset, AssetType

_SUFFIXES: Mapping[str, str] = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "video/mp4": ".mp4",
    "video/webm": ".webm",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/wav": ".wav",
    "audio/mp4": ".m4a",
    "audio/webm": ".weba",
}
_MIME_TYPES = {suffix: mime for mime, suffix in _SUFFIXES.items()}
_IMAGE_MIME_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}
_LINK_SUFFIXES = {**_MIME_TYPES, ".jpeg": "image/jpeg"}
_OWN_NAME = re.compile(rf"[0-9a-f]{{32}}({'|'.join(re.escape(s) for s in _SUFFIXES.values())})")
_OWNER_FILE = ".catalog"
SWEEP_AFTER = timedelta(days=1)
"""How long an uploaded file is left alone before an item refers to it: an editor may still be at work."""

# What makes a browser or another program take a file for a page, a script or an archive.
_HIDDEN_PAGE = re.compile(rb"<(script|!doctype html|html[\s>]|iframe|svg\s+xmlns)", re.IGNORECASE)
_PDF_WITHIN = 1024
_MOST_FRAMES = 2000

_log = logging.getLogger(__name__)
_EXPECTED = "PNG, JPEG, GIF, WebP, MP4, WebM, MP3, Ogg, WAV or M4A"


@dataclass(frozen=True, slots=True)
class AssetLimits:
    """How large an upload may be; pixels are those of one picture, or of all frames of an animation."""

    image_bytes: int = 10 * 1024 * 1024
    clip_bytes: int = 50 * 1024 * 1024
    image_pixels: int = 40_000_000
    animation_pixels: int = 400_000_000


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What ``AssetStore.clean`` did.

    Attributes:
        checked: how many files were read.
        cleaned: the names of those that lost something.
        failed: name → why its metadata could not be taken out; it is as it was.
    """

    checked: int
    cleaned: tuple[str, ...]
    failed: Mapping[str, str]


class AssetStore:
    """Keeps uploaded files in one folder, here or on a remote store, under names of its own.

    Args:
        media: folder of uploads, see ``content.media.storage.open_media``; a path is a folder of this
            machine.
        starter_folder: of the files that come with the app, read only.
        limits: how large an upload may be.
        new_name: makes a name that nobody can guess, of letters and digits.
    """

    def __init__(
        self,
        media: MediaFolder | Path,
        starter_folder: Path,
        limits: AssetLimits | None = None,
        new_name: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._media = LocalFolder(media) if isinstance(media, Path) else media
        self._starter = LocalFolder(starter_folder)
        self._limits = limits or AssetLimits()
        self._new_name = new_name

    @property
    def is_remote(self) -> bool:
        """Whether uploads lie on another machine, so that asking for one takes time and may fail."""
        return not isinstance(self._media, LocalFolder)

    @property
    def problem(self) -> str | None:
        """Why the folder of uploads could not be used last time, for a person; None when all is well."""
        return self._media.problem

    def add(self, content: bytes, filename_hint: str = "") -> Asset:
        """Check an upload and keep it, without its metadata.

        Args:
            content: the file's bytes.
            filename_hint: what its owner calls it, for messages only.

        Raises:
            AssetTypeError: of no kind that is shown, damaged, or empty.
            AssetTooLargeError: more bytes or pixels than allowed.
            AssetStoreError: the media folder cannot be written.
        """
        asset = inspect(content, filename_hint, self._limits)
        name = self._new_name() + _SUFFIXES[asset.mime_type]
        self._media.write(name, cleaned(content, asset.mime_type, filename_hint))
        return Asset(asset.type, f"media/{name}", asset.mime_type, asset.duration_s)

    def read_bytes(self, asset: Asset | str) -> bytes:
        """A stored file whole; it may be fetched from a remote store, so not for the render path.

        Args:
            asset: or a location, such as a poster's.

        Raises:
            AssetMissingError: a link, or a file that is not there.
            AssetStoreError: the store cannot be reached or read.
        """
        found = self._find(asset)
        if found is None:
            raise AssetMissingError(f"Expected a stored file. Received: {_location(asset)!r}")
        folder, name = found
        return folder.read(name)

    def listing(self) -> tuple[StoredFile, ...]:
        """The uploaded files under names of this store's own making.

        Raises:
            AssetStoreError: the folder cannot be reached or read.
        """
        return tuple(file for file in self._media.listing() if _OWN_NAME.fullmatch(file.name))

    def link(self, url: str, mime_type: str | None = None) -> Asset:
        """An asset that stays where it is; nothing is fetched.

        Args:
            url: https only.
            mime_type: of what is there; None to go by the ending of the link's path.

        Raises:
            AssetLinkError: no https link, or its kind cannot be told.
        """
        if not is_https(url):
            raise AssetLinkError(f"Expected a link that begins with https://. Received: {url!r}")
        ending = Path(re.split(r"[?#]", url)[0]).suffix.lower()
        mime_type = mime_type or _LINK_SUFFIXES.get(ending, "")
        if mime_type not in MIME_TYPES:
            raise AssetLinkError(
                f"Expected a link to {_EXPECTED}; choose the kind where the link does not end in it. "
                f"Received: {url!r}"
            )
        return Asset(MIME_TYPES[mime_type], url, mime_type)

    def path(self, asset: Asset | str, wait_s: float = 1.0) -> Path | None:
        """Where a stored file, or a copy of it, lies on this machine.

        Args:
            asset: or a location, such as a poster's.
            wait_s: how long to wait for a copy of a remote file; it goes on coming in the background.

        Returns:
            None for links, for files that are not there, and for remote ones that are not here yet.
        """
        found = self._find(asset)
        return None if found is None else found[0].local_path(found[1], wait_s)

    def fetch_ahead(self, locations: Iterable[str]) -> None:
        """Begin to copy remote files to this machine, in the background; links are left alone."""
        found = (self._find(location) for location in locations)
        self._media.fetch_ahead(name for folder, name in filter(None, found) if folder is self._media)

    def remove(self, asset: Asset) -> None:
        """Delete an uploaded file; links and files of the starter catalog are left alone.

        Raises:
            AssetStoreError: the file is there and cannot be deleted.
        """
        found = self._find(asset)
        if found is not None and found[0] is self._media:
            self._media.remove(found[1])

    def clean(
        self, *, dry_run: bool = False, progress: Callable[[float], None] = lambda share: None
    ) -> Cleaning:
        """Take metadata out of files that were kept before ``add`` did so.

        Names stay, so items and their history go on as they are. What is clean is not written again: this may
        be stopped at any file and repeated.

        Args:
            dry_run: only say which files would change.
            progress: told the share that is done, in [0, 1].

        Raises:
            AssetStoreError: the folder cannot be reached, read or written.
        """
        files, changed, failed = self.listing(), [], {}
        for done, file in enumerate(files):
            progress(done / len(files))
            try:
                content = self._media.read(file.name)
                clean = cleaned(content, _MIME_TYPES[Path(file.name).suffix], file.name)
            except AssetMissingError:
                continue  # deleted meanwhile
            except AssetError as error:
                if isinstance(error, AssetStoreError):
                    raise
                failed[file.name] = str(error)
                continue
            if clean != content:
                if not dry_run:
                    self._media.write(file.name, clean)
                changed.append(file.name)
        progress(1.0)
        return Cleaning(len(files), tuple(changed), failed)

    def _find(self, asset: Asset | str) -> tuple[MediaFolder, str] | None:
        """The folder and the name of a stored file, by its location; nothing else reaches a folder."""
        location = _location(asset)
        if not STORED_NAME.fullmatch(location):
            return None
        folder, name = location.split("/")
        return (self._media if folder == "media" else self._starter), name

    def sweep(self, used: Collection[str], catalog: str, at_utc: datetime) -> tuple[str, ...]:
        """Delete uploads that no item refers to any more.

        Only files under names of this store's own making that are older than ``SWEEP_AFTER`` go, and only
        in a folder that belongs to this catalog: another database on the same folder (a copy, a trial)
        knows nothing of the files that the first one's items show. The folder belongs to the first catalog
        that refers to a file in it, which a small file there remembers.

        Args:
            used: locations that items refer to.
            catalog: what tells this catalog from others, such as its database's address.
            at_utc: now.

        Returns:
            The names of the deleted files.

        Raises:
            AssetStoreError: the folder cannot be read or written.
        """
        try:
            gone = self._sweep(used, catalog, at_utc)
        except AssetStoreError as error:
            raise AssetStoreError(f"Expected to be able to tidy up {self._media}. {error}") from error
        if gone:
            _log.info("Deleted %d uploaded files that no item shows any more", len(gone))
        return tuple(gone)

    def _sweep(self, used: Collection[str], catalog: str, at_utc: datetime) -> list[str]:
        files = self.listing()
        if not self._belongs_to(catalog, used, files):
            return []
        gone = []
        for file in files:
            old = file.modified_utc is not None and file.modified_utc < at_utc - SWEEP_AFTER
            if old and f"media/{file.name}" not in used:
                self._media.remove(file.name)
                gone.append(file.name)
        return gone

    def _belongs_to(self, catalog: str, used: Collection[str], files: Collection[StoredFile]) -> bool:
        # A digest, as an address may say more about a computer than a folder of pictures should.
        digest = hashlib.sha256(catalog.encode()).hexdigest().encode()
        try:
            return self._media.read(_OWNER_FILE) == digest
        except AssetMissingError:
            if not any(f"media/{file.name}" in used for file in files):
                return False
        self._media.write(_OWNER_FILE, digest)
        return True


def mime_type_of(location: str) -> str | None:
    """What a stored file is, by its name; None for what no page shows."""
    return _MIME_TYPES.get(Path(location).suffix)


def cleaned(content: bytes, mime_type: str, filename_hint: str = "") -> bytes:
    """The file without what says where, when and with what it was made; see ``content.media.metadata``.

    Args:
        content: of a file that ``inspect`` took.
        mime_type: as ``inspect`` says.
        filename_hint: what its owner calls it, for messages only.

    Raises:
        AssetTypeError: the metadata cannot be told from the rest, so the file would be shown with it.
    """
    try:
        if mime_type.startswith("image/"):
            return without_metadata(content, mime_type)
        return without_clip_metadata(content, mime_type)
    except ValueError as error:
        shown = repr(filename_hint) if filename_hint else "the file"
        raise AssetTypeError(
            "Expected a file whose place and camera data can be removed. "
            f"Received: {shown}; save it again with a picture or video program. ({error})"
        ) from error


def _location(asset: Asset | str) -> str:
    return asset if isinstance(asset, str) else asset.location


def inspect(content: bytes, filename_hint: str = "", limits: AssetLimits | None = None) -> Asset:
    """What a file is, from its bytes; ``location`` is empty.

    Raises:
        AssetTypeError: of no kind that is shown, damaged, or empty.
        AssetTooLargeError: more bytes or pixels than allowed.
    """
    limits = limits or AssetLimits()
    shown = repr(filename_hint) if filename_hint else "the file"
    if not content:
        raise AssetTypeError(f"Expected {_EXPECTED}. Received: {shown}, which is empty.")
    container = _container(content)
    if container is None:
        mime_type = _image_type(content, shown, limits)
        _check_size(content, shown, limits.image_bytes, "pictures")
        _check_nothing_hides(content, shown)
        return Asset(AssetType.IMAGE, "", mime_type)
    _check_size(content, shown, limits.clip_bytes, "videos and sounds")
    clip = read_clip(content, container, shown)
    _check_nothing_hides(content, shown)
    kind = "video" if clip.has_video else "audio"
    mime_type = {"mp3": "audio/mpeg", "wav": "audio/wav", "ogg": "audio/ogg"}.get(
        container, f"{kind}/{'mp4' if container == 'mov' else 'webm'}"
    )
    if MIME_TYPES[mime_type] is AssetType.AUDIO and clip.has_video:
        raise AssetTypeError(f"Expected {_EXPECTED}. Received: {shown}, an Ogg video.")
    return Asset(MIME_TYPES[mime_type], "", mime_type, clip.duration_s)


def _check_size(content: bytes, shown: str, most: int, what: str) -> None:
    if len(content) > most:
        raise AssetTooLargeError(
            f"Expected {what} of at most {most / 1024 / 1024:g} MB. "
            f"Received: {shown} with {len(content) / 1024 / 1024:.1f} MB."
        )


def _check_nothing_hides(content: bytes, shown: str) -> None:
    """Refuse files that are two things at once: they are made to be taken for the other one somewhere."""
    hidden = None
    if _HIDDEN_PAGE.search(content):
        hidden = "a web page"
    elif zipfile.is_zipfile(io.BytesIO(content)):
        hidden = "an archive"
    elif b"%PDF-" in content[:_PDF_WITHIN]:
        hidden = "a PDF document"
    if hidden is not None:
        raise AssetTypeError(
            f"Expected {_EXPECTED} and nothing else in the file. Received: {shown}, in which {hidden} hides; "
            "saving it anew with a picture or video program removes that."
        )


def _container(content: bytes) -> str | None:
    """FFmpeg's name of an audio or video container, by its first bytes; None when it is none of ours."""
    head = content[:64]
    if head[4:8] == b"ftyp" and head[8:12] not in (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1"):
        return "mov"
    if head.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in head:
        return "matroska"
    if head.startswith(b"OggS"):
        return "ogg"
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return "wav"
    # An MPEG audio frame begins with eleven set bits; layer III is 01 in the two bits after the version.
    if head.startswith(b"ID3") or (len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2):
        return "mp3"
    return None


def _load_all(image: Image.Image, shown: str, limits: AssetLimits) -> None:
    """Decode a picture to its last frame, as a browser would: half a file, or a bomb, shows itself there."""
    frames = getattr(image, "n_frames", 1)
    most = limits.animation_pixels
    if frames > _MOST_FRAMES or image.width * image.height * frames > most:
        raise AssetTooLargeError(
            f"Expected animations of at most {_MOST_FRAMES} frames and {most / 1e6:g} megapixels in all; "
            f"save it as MP4. Received: {shown} with {frames} frames of {image.width}×{image.height}."
        )
    for frame in range(frames):
        image.seek(frame)
        image.load()


def _image_type(content: bytes, shown: str, limits: AssetLimits) -> str:
    start = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in start:
        raise AssetTypeError(
            f"Expected {_EXPECTED}; an SVG can carry scripts, so save it as PNG or WebP. "
            f"Received: {shown}, an SVG."
        )
    try:
        with warnings.catch_warnings():
            # Pillow's own warning about many pixels comes below as this project's error.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=tuple(_IMAGE_MIME_TYPES)) as image:
                if image.width * image.height > limits.image_pixels:
                    raise AssetTooLargeError(
                        f"Expected pictures of at most {limits.image_pixels / 1e6:g} megapixels. "
                        f"Received: {shown} with {image.width}×{image.height} pixels."
                    )
                _load_all(image, shown, limits)
                return _IMAGE_MIME_TYPES[image.format or ""]
    except Image.DecompressionBombError as error:
        raise AssetTooLargeError(
            f"Expected pictures of at most {limits.image_pixels / 1e6:g} megapixels. "
            f"Received: {shown} with several times as many."
        ) from error
    except (OSError, ValueError, SyntaxError, LookupError, EOFError, struct.error) as error:
        # Pillow's readers raise all of these for damaged files.
        raise AssetTypeError(
            f"Expected {_EXPECTED}, undamaged. Received: {shown}, whose content is none of these."
        ) from error
