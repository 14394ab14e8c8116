"""Telling the person who waits that long work still goes on."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

EVERY_S = 20.0


@contextmanager
def told(say: Callable[[str], None], what: str) -> Iterator[None]:
    """Say what is begun, now and then how long it has taken so far, and how long it took."""
    began, ended = perf_counter(), threading.Event()

    def tell() -> None:
        while not ended.wait(EVERY_S):
            say(f"{what}: {perf_counter() - began:.0f} s so far")

    say(what)
    telling = threading.Thread(target=tell, daemon=True)
    telling.start()
    try:
        yield
    finally:
        ended.set()
        telling.join()
    say(f"{what}: done in {perf_counter() - began:.0f} s")


class Tally:
    """Says now and then how much of a known amount is done, and how long the rest may take; for several threads."""

    def __init__(self, say: Callable[[str], None], what: str, total: int) -> None:
        self._say = say
        self._what = what
        self._total = total
        self._done = 0
        self._began = self._said = perf_counter()
        self._lock = threading.Lock()

    def add(self, count: int) -> None:
        """Note that so much more is done."""
        with self._lock:
            self._done += count
            now = perf_counter()
            if now - self._said < EVERY_S and self._done < self._total:
                return
            self._said = now
        rate = self._done / max(now - self._began, 1e-3)
        left = (self._total - self._done) / rate
        self._say(f"{self._what}: {self._done:,} of {self._total:,}, {rate:,.0f} a second, {left:.0f} s left")
