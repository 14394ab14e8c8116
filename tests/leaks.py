"""What a module of tests leaves open fails at its end, not in the test that runs when the garbage is collected."""

import asyncio
import gc
import logging
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

THREADS_PATIENCE_S = 2.0
"""How long the threads that began in a module may take to end after it; what they drop is told there, not later."""

_loops: "WeakKeyDictionary[asyncio.AbstractEventLoop, str]" = WeakKeyDictionary()
"""The event loops that live and the test that made each."""


class Complaints(logging.Handler):
    """What asyncio tells the log only: a task that was destroyed while it waited, a failure that nobody fetched."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(f"{_test()}: {record.getMessage()}")


def watch_loops() -> None:
    """Note from now on which test makes which event loop."""
    make = asyncio.BaseEventLoop.__init__

    def made(loop: asyncio.BaseEventLoop, *arguments: Any, **options: Any) -> None:
        _loops[loop] = _test()
        make(loop, *arguments, **options)

    asyncio.BaseEventLoop.__init__ = made  # type: ignore[method-assign, assignment]  # every way of making one comes through here


@contextmanager
def none_left() -> Iterator[None]:
    """Refuse loops, tasks, files, sockets and transports that are open, or were dropped open, at the end."""
    complaints = Complaints()
    log = logging.getLogger("asyncio")
    log.addHandler(complaints)
    before = frozenset(threading.enumerate())
    try:
        yield
        _await_end(frozenset(threading.enumerate()) - before)
        left = [*_dropped(), *_open(), *complaints.said]
    finally:
        log.removeHandler(complaints)
    assert not left, "\n".join(left)


def _await_end(threads: frozenset[threading.Thread]) -> None:
    """Wait until threads have ended; those that stay, because they are of the session, are waited for once."""
    deadline = time.monotonic() + THREADS_PATIENCE_S
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))


def _dropped() -> list[str]:
    """Collect the garbage; return the warnings, which are errors here, of what was in it.

    What is left is looked through no more: a module's garbage is found among what came since the module before.
    """
    dropped: list[str] = []
    usual, sys.unraisablehook = sys.unraisablehook, lambda told: dropped.append(f"{told.object!r}: {told.exc_value}")
    try:
        gc.collect()
        gc.freeze()
    finally:
        sys.unraisablehook = usual
    return dropped


def _open() -> Iterator[str]:
    for loop, test in list(_loops.items()):
        if not loop.is_closed():
            yield f"{test} left its event loop open"
        for task in asyncio.all_tasks(loop):
            yield f"{test} left in its event loop {task!r}"
        if not loop.is_running():
            del _loops[loop]  # told once


def _test() -> str:
    return os.environ.get("PYTEST_CURRENT_TEST", "the session")
