"""The requests for one model: those that the device computes, and as many behind them as may wait."""

import asyncio
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

from vision_workers.detectors.network import Network
from vision_workers.frames import Picture
from vision_workers.heads import Outputs
from vision_workers.serving.errors import NoAnswerInTime, QueueFull

PATIENCE_S = 120.0
REMEMBERED = 0.9
"""How much of the mean time of a request is of the ones before the last."""


class ModelQueue:
    """Hands pictures to OpenVINO's asynchronous queue; belongs to one event loop, which never waits for the device."""

    def __init__(self, name: str, network: Network, waiting: int) -> None:
        self.name = name
        self.places = network.requests + waiting
        self.taken = 0
        """Requests that have a place now, from before their body is read until they are answered."""
        self._network = network
        self._idle = asyncio.Semaphore(network.requests)
        self._request_s = 0.0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place; raises `QueueFull`."""
        if self.taken >= self.places:
            raise QueueFull(self.name, self._wait_s())
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1

    async def infer(self, picture: Picture) -> Outputs:
        """Return what the network says of one input; raises `NoAnswerInTime`."""
        await self._idle.acquire()
        loop, began = asyncio.get_running_loop(), time.monotonic()
        answer: asyncio.Future[Outputs] = loop.create_future()

        def told(outputs: Outputs) -> None:
            self._idle.release()
            seconds = time.monotonic() - began
            self._request_s = REMEMBERED * self._request_s + (1 - REMEMBERED) * seconds if self._request_s else seconds
            if not answer.done():
                answer.set_result(outputs)

        def done(outputs: Outputs) -> None:
            loop.call_soon_threadsafe(told, outputs)

        self._network.start(picture, done)
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await answer
        except TimeoutError:
            raise NoAnswerInTime(self.name, PATIENCE_S) from None

    async def close(self) -> None:
        """Return when the device has answered everything."""
        await asyncio.to_thread(self._network.wait)

    def _wait_s(self) -> int:
        """Return when a place will be free by all likelihood: each request in flight ends within its mean time."""
        rounds = self.places / self._network.requests
        return max(1, math.ceil(rounds * self._request_s))
