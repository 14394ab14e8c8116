"""Coroutines stepped by hand: whoever awaits something gives way, and the simulation says who goes on."""

from collections.abc import Awaitable, Coroutine, Generator
from typing import Any, TypeVar

T = TypeVar("T")


class Violation(BaseException):
    """A promise was broken; no handler of failures may take it for one."""


class Point:
    """Waits until the simulation lets the coroutine go on; `name` says where it stands."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __await__(self) -> Generator["Point", None, None]:
        yield self


async def sleep(_: float) -> None:
    """Wait as `asyncio.sleep` does, for as long as the simulation pleases."""
    await Point("sleep")


class Thread:
    """A coroutine and the point where it stands."""

    def __init__(self, work: Coroutine[Any, Any, object]) -> None:
        self._work = work
        self.at = "begin"
        self.has_ended = False

    def step(self) -> None:
        """Let it run to its next point."""
        try:
            self.at = self._work.send(None).name
        except StopIteration:
            self.has_ended = True

    def drop(self) -> None:
        """Let it never run again."""
        self._work.close()
        self.has_ended = True


def at_once(work: Awaitable[T]) -> T:
    """Run something to its end without letting anybody else run."""
    generator = work.__await__()
    while True:
        try:
            next(generator)
        except StopIteration as end:
            result: T = end.value
            return result
