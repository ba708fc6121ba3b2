"""The third way of a camera's picture: small pictures over the page's own socket.

For a viewer whose network lets no video through and whose browser cannot read by itself. The browser makes a
JPEG or WebP of 320 pixels, at most five times a second, and sends the next one only when the one before was
taken up, so nothing queues up. They are read as those of a video stream are, and kept nowhere.
"""

from __future__ import annotations

from typing import Final

from emotion.baseline import SessionCalibration
from emotion.faces import BgrImage
from emotion.images import ImageLimits, decode_image
from emotion.types import SmoothingOptions
from ui.live.camera import CameraFeed
from ui.live.device.camera import CameraOnPage, start_number
from ui.live.link import Link
from ui.live.wire import MOST_PICTURE_BYTES, PICTURE_SIDE_PX, Picture

LIMITS: Final = ImageLimits(
    max_bytes=MOST_PICTURE_BYTES,
    max_pixels=PICTURE_SIDE_PX**2,
    max_pixels_unscaled=PICTURE_SIDE_PX**2,
    max_side_px=PICTURE_SIDE_PX,
)


class PictureCamera(CameraFeed):
    """One camera on one page of one session, whose pictures come over the page's socket.

    Args:
        link: of the page; its pictures come here.
        options: how readings become a mood.
        model, calibration: see ``CameraFeed``.
    """

    def __init__(
        self,
        link: Link,
        options: SmoothingOptions,
        *,
        model: str | None = None,
        calibration: SessionCalibration = SessionCalibration(),  # noqa: B008 (frozen)
    ) -> None:
        super().__init__(options, model=model, calibration=calibration)
        self._link = link
        # Whoever comes this way has pressed the button before.
        self._shown = CameraOnPage(start_number())
        link.pictures = self

    def take(self, picture: Picture, at_s: float) -> None:
        """See ``ui.live.link.PictureReceiver``."""
        self.take_frame(lambda: self._decoded(picture), at_s)

    def _decoded(self, picture: Picture) -> BgrImage:
        # In the worker's thread, which takes up the newest one; what is broken is answered as well.
        try:
            frame = decode_image(picture.content, LIMITS).frame_bgr
        finally:
            self._link.answer(picture.at)
        self.size = frame.shape[1], frame.shape[0]
        return frame

    def close(self) -> None:
        """See ``CameraFeed``."""
        super().close()
        if self._link.pictures is self:
            self._link.pictures = None

    def show_on_page(self) -> None:
        """Puts the camera on the page, and what keeps it from being seen; called in each run that does."""
        if self._shown.show(None):
            self.hang_up()
        self.trouble = self._shown.trouble
