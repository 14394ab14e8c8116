"""Running a process until somebody wants it to stop."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import NoReturn


async def run_until_signal(work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run work that ends when its event is set, which SIGTERM and SIGINT do."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await work(stop)


def end_at_once() -> NoReturn:
    """End a process that has closed everything, without taking Python down around threads of others.

    Granian's threads may still ask for Python while it ends, which aborts the process (seen in 2.8.7).
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
