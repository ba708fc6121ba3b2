"""Python runs this at its start where PYTHONPATH has the folder: on SIGUSR1 it writes its threads' names."""

import os
import signal
import threading
from pathlib import Path


def tell(number: int, frame: object) -> None:
    told = Path(os.environ["TELLS_THREADS_IN"])
    draft = told.with_suffix(".draft")
    draft.write_text("\n".join(thread.name for thread in threading.enumerate()), encoding="utf-8")
    draft.replace(told)


signal.signal(signal.SIGUSR1, tell)
