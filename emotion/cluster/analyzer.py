"""Reads a session's frames on a cluster, and in this process while the cluster is away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from emotion.analysis import Follower, PersistenceOptions
from emotion.bootstrap import create_analyzer
from emotion.cluster.service import ClusterService, PictureReader
from emotion.cluster.wire import encode_picture
from emotion.faces import BgrImage
from emotion.installed import installed_version
from emotion.live import Analyzer
from emotion.types import FaceBox, FaceReading

FIRST_WAIT_S = 1.0
"""How long a session waits to learn whether the cluster is there, before it reads in this process."""


class ClusterAnalyzer:
    """What a ``LiveWorker`` runs where a cluster is set; one instance belongs to one thread.

    Which detections are accepted is decided here for both, so a face stays accepted when the place of reading
    changes. Its connection to the cluster ends with it.

    Args:
        service: the cluster.
        model_version: of the session's model; the cluster is used while it reads with the same.
        create_local: makes what reads in this process, accepting every detection at once.
        persistence: when a detection is accepted.
    """

    def __init__(
        self,
        service: ClusterService,
        model_version: str,
        create_local: Callable[[], Analyzer],
        persistence: PersistenceOptions = PersistenceOptions(),  # noqa: B008 (frozen)
    ) -> None:
        self.model_version = model_version
        self._service = service
        self._create_local = create_local
        self._follower = Follower(persistence)
        self._local: Analyzer | None = None
        self._way: PictureReader = service.connect()
        service.wait_until_asked(FIRST_WAIT_S)

    def analyze(self, frame_bgr: BgrImage, at_s: float) -> tuple[FaceReading, ...] | None:
        """Reads every face of a frame; None where the frame was dropped on its way.

        Args:
            frame_bgr: uint8 ``(H, W, 3)``, unmirrored.
            at_s: when it was captured, monotonic seconds.

        Raises:
            ImageError: not a colour picture.
            ModelError, DetectorError: the cluster is away and this process cannot read.
        """
        readings: Sequence[FaceReading] | None
        if self._service.reads_with(self.model_version):
            self._local = None
            picture, span = encode_picture(frame_bgr)
            found = self._service.read(self._way, picture)
            if found is None:
                return None
            readings = [replace(r, box=_scaled(r.box, span), captured_at_s=at_s) for r in found]
        else:
            self._local = self._local or self._create_local()
            readings = self._local.analyze(frame_bgr, at_s)
        return None if readings is None else self._follower.believe(readings, at_s)


def _scaled(box: FaceBox, span: float) -> FaceBox:
    return FaceBox(
        box.x_px * span, box.y_px * span, box.width_px * span, box.height_px * span, box.confidence
    )


def create_cluster_analyzer(service: ClusterService, model: str | Path | None = None) -> ClusterAnalyzer:
    """An analyzer for a live stream that reads on the cluster; call it in the thread that will use it.

    Args:
        service: the cluster.
        model: see ``emotion.installed.find_model``.

    Raises:
        ModelError: no such model.
    """
    return ClusterAnalyzer(
        service, installed_version(model), partial(create_analyzer, model, persistence=None)
    )
