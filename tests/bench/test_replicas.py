"""Who of a crowd goes, so that no replica is left without viewers."""

import pytest

from bench.device_viewer import DeviceViewer
from bench.replicas import left_over


class At(DeviceViewer):
    """A viewer on that replica."""

    def __init__(self, replica: str) -> None:
        super().__init__("http://127.0.0.1:1")
        self._replica = replica

    @property
    def replica(self) -> str:
        return self._replica


@pytest.mark.parametrize(
    ("stay", "on_each"), [(6, (3, 3)), (5, (2, 3)), (3, (1, 2)), (0, (0, 0)), (9, (4, 5))]
)
def test_who_stays_is_spread_over_the_replicas_and_came_first(stay: int, on_each: tuple[int, int]) -> None:
    viewers = [At(name) for name in "aabbbabab"]
    gone = left_over(viewers, stay)
    stayed = [viewer for viewer in viewers if viewer not in gone]
    assert tuple(sum(viewer.replica == name for viewer in stayed) for name in "ab") == on_each
    first = [viewer for viewer in viewers if viewer.replica == "a"]
    assert [viewer for viewer in stayed if viewer.replica == "a"] == first[: on_each[0]]
