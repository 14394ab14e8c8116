"""How fast history is played again."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from time import monotonic


class Pace:
    """Waits until a record is due: so many times as fast as it was recorded, counted from the first one."""

    def __init__(
        self,
        speed: float,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._speed = speed
        self._clock = clock
        self._sleep = sleep
        self._begun: tuple[float, datetime] | None = None

    def left(self, recorded_at: datetime) -> float:
        """Return in how many seconds a record is due; the first one is due at once."""
        if self._begun is None:
            self._begun = (self._clock(), recorded_at)
        began, first = self._begun
        return began + (recorded_at - first).total_seconds() / self._speed - self._clock()

    async def wait_for(self, recorded_at: datetime) -> None:
        """Return when a record is due."""
        if (left := self.left(recorded_at)) > 0:
            await self._sleep(left)
