"""Photos are read into rows without fetching the same memory again and again."""

from __future__ import annotations

import mmap
import platform
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other allocators keep what they see fit")
def test_photo_after_photo_the_memory_is_kept(album: Path, tiny_model: Path) -> None:
    """Counted in a process of its own, as it is for a folder: the allocator's habits last."""
    script = (
        "import resource, sys\n"
        "from emotion.folder.rows import Task, read_task\n"
        "task = Task(sys.argv[1], 'a.jpg', 1, 1, sys.argv[2])\n"
        "for _ in range(5):\n"
        "    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
        "    assert read_task(task)['error'] is None\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)\n"
    )
    command = [sys.executable, "-c", script, str(album), str(tiny_model)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    pages = 512 * 512 * 3 / mmap.PAGESIZE
    assert int(done.stdout) < pages, "less than the picture alone takes"
