"""What the photo page remembers about one viewer between two script runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from content.types import Decision, Kind, Strategy
from ui.app.state import PageState
from ui.app.task import Task
from ui.photo.reading import PhotoResult


@dataclass(slots=True)
class Photo:
    """One photo of the page.

    Attributes:
        source_id: which upload or shot it is.
        name: what the file was called, made different from the others'.
        content: its bytes, until they are read.
        result: its result; None before it was read.
        decisions: what the catalog would show for it, by slot; empty before it was asked.
        strategy: for which ``decisions`` were made.
    """

    source_id: str
    name: str
    content: bytes = field(repr=False)
    result: PhotoResult | None = None
    decisions: dict[Kind, Decision] = field(default_factory=dict)
    strategy: Strategy = Strategy.MATCH


@dataclass(slots=True)
class PhotoState(PageState):
    """The photos on the page, in the order in which they came.

    They are forgotten when they are removed from the page, when the page is left, and when the session ends.

    Attributes:
        photos: by ``source_id``.
        reading: of those that are not read yet, running or over; None before there are any.
        chosen_id: the photo that is shown large.
        left_out: names of the files beyond the page's limits.
        serial: of the upload and the camera; a new one begins empty.
        faces_shown: how many faces of the chosen photo have a card.
        forget_uploads: makes Streamlit drop the bytes that it holds of these photos.
        camera_tries: how often the camera was asked for again.
        consented: the notice was read and the camera allowed, for photos one by one.
        on_page: this script run has put the photos on the page.
    """

    photos: dict[str, Photo] = field(default_factory=dict)
    reading: Task[None] | None = None
    chosen_id: str = ""
    left_out: tuple[str, ...] = ()
    serial: int = 0
    faces_shown: int = 0
    forget_uploads: Callable[[], None] = lambda: None
    camera_tries: int = 0
    consented: bool = False
    on_page: bool = False

    def begin_run(self) -> None:
        """See ``PageState``."""
        self.on_page = False

    def end_run(self) -> None:
        """Forgets photos that this run did not show."""
        if not self.on_page and self.photos:
            self.clear()

    @property
    def is_reading(self) -> bool:
        """Work is going on."""
        return self.reading is not None and not self.reading.status().is_over

    @property
    def results(self) -> tuple[PhotoResult, ...]:
        """Of all photos that were read, in the order of the page."""
        return tuple(p.result for p in list(self.photos.values()) if p.result is not None)

    @property
    def unread(self) -> tuple[Photo, ...]:
        """The photos that were not read yet."""
        return tuple(p for p in self.photos.values() if p.result is None)

    @property
    def chosen(self) -> Photo | None:
        """The photo that is shown large; the first readable one until another is chosen."""
        read = [p for p in self.photos.values() if p.result is not None]
        fine = (p for p in read if p.result is not None and p.result.reading is not None)
        return next((p for p in read if p.source_id == self.chosen_id), None) or next(
            fine, read[0] if read else None
        )

    def try_camera_again(self) -> None:
        """Asks for the camera once more."""
        self.camera_tries += 1

    def clear(self) -> None:
        """Stops the reading and forgets all photos."""
        if self.reading is not None:
            self.reading.cancel()
        self.forget_uploads()
        for photo in self.photos.values():
            photo.content = b""
        self.photos, self.reading, self.chosen_id, self.left_out = {}, None, "", ()
        self.faces_shown = 0
        self.serial += 1
