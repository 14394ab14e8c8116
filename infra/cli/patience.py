"""Waiting a while for what a command needs."""

import time
from collections.abc import Callable

PAUSE_S = 0.5


def patiently(attempt: Callable[[], None], patience_s: float, absent: type[Exception]) -> None:
    """Try until it works; raises `absent` once the patience has run out, and anything else at once."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            attempt()
        except absent:
            if time.monotonic() + PAUSE_S > deadline:
                raise
            time.sleep(PAUSE_S)
        else:
            return
