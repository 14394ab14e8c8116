"""Running a process until somebody wants it to stop."""

import asyncio
import signal
from collections.abc import Awaitable, Callable


async def run_until_signal(work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run work that ends when its event is set, which SIGTERM and SIGINT do."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await work(stop)
