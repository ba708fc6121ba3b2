"""Files that are written whole or not at all. Below all rooms: any of them may use it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_whole(target: Path) -> Iterator[Path]:
    """A path beside ``target`` to write to; it becomes ``target`` if the block ends without an error.

    Nobody ever reads half a file under the final name: not while it is written, not after a crash, and not
    while two processes write the same target (the last one wins). The passing name ends like the target's,
    because Keras and others tell formats by the suffix.

    Args:
        target: the file to write; its folder is there.

    Yields:
        A path where nothing lies yet; the block writes the file there and closes it.

    Raises:
        OSError: it cannot be written.
    """
    partial = target.with_name(f".{target.stem}.{secrets.token_hex(4)}.partial{target.suffix}")
    try:
        yield partial
        with partial.open("rb+") as file:
            # Without this, a power cut after the new name is there can leave it with empty content.
            os.fsync(file.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def write_whole(target: Path, content: bytes) -> None:
    """Writes ``content`` by ``written_whole``.

    Raises:
        OSError: it cannot be written.
    """
    with written_whole(target) as partial:
        partial.write_bytes(content)
