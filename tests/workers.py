"""Which tests run on the same worker when several workers run at once (``pytest -n``), and in what order.

A file's tests stay together, as they share what its fixtures made. Some files stay together as well: those
that work with TensorFlow, and those whose browser plays a camera, of which two at once would slow each other
down. The longest groups begin first, so that no worker waits for another at the end.
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

TOGETHER = {
    # Before the rest of its folder: it waits for Ray most of the time.
    "tests/emotion/cluster/test_replicas.py": "ray",
    "tests/train/": "tensorflow",
    "tests/emotion/": "tensorflow",
    "tests/browser/test_live.py": "camera",
    "tests/browser/test_impressions.py": "camera",
    "tests/browser/test_harness.py": "camera",
}

LONGEST = ("camera", "tensorflow", "ray")


def group_of(nodeid: str) -> str:
    """The name of the tests that stay on one worker: a file, or several that belong together."""
    path = nodeid.split("::", 1)[0]
    return next((group for place, group in TOGETHER.items() if path.startswith(place)), path)


def turn_of(nodeid: str) -> int:
    """Sorts tests: those of the longest groups first, then what is left of the browser's, then the others."""
    group = group_of(nodeid)
    if group in LONGEST:
        return LONGEST.index(group)
    return len(LONGEST) + (not nodeid.startswith("tests/browser/"))


class GroupScheduling(LoadScopeScheduling):
    """Gives a worker the next group when it is through with its own, in the order of collection."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
