"""`python -m infra.fire.doomed POINT NTH [TELLER]`: what kills itself when it reaches a point for the nth time.

A projector; with a teller's words a teller.
"""

import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from event_store import progress
from projections.taking.projector import Projector
from projections.taking.taking import Taker
from vision_workers.kafka_sink import KafkaSink
from vision_workers.spool.spool import Spool

Code = Callable[..., Any]


def _before(doing: Callable[..., Awaitable[Any]], die: Callable[[], None]) -> Code:
    async def doomed(*words: Any, **named: Any) -> Any:
        die()
        return await doing(*words, **named)

    return doomed


def _after(doing: Callable[..., Awaitable[Any]], die: Callable[[], None]) -> Code:
    async def doomed(*words: Any, **named: Any) -> Any:
        outcome = await doing(*words, **named)
        die()
        return outcome

    return doomed


def _before_at_once(doing: Callable[..., Any], die: Callable[[], None]) -> Code:
    def doomed(*words: Any, **named: Any) -> Any:
        die()
        return doing(*words, **named)

    return doomed


POINTS: dict[str, tuple[Any, str, Callable[[Code, Callable[[], None]], Code]]] = {
    "before the transaction": (Taker, "take", _before),
    "after the fence": (progress, "advance", _after),
    "after the upsert": (Taker, "_write", _after),
    "after commit, before acknowledgement": (Taker, "_commit", _before_at_once),
    "during a rebalance": (Projector, "assign", _before),
}
"""Where a projector can die: what is patched, in this process only, and whether it dies before or after that."""

SINK_POINTS: dict[str, tuple[Any, str, Callable[[Code, Callable[[], None]], Code]]] = {
    "before its first record's topic is known": (KafkaSink, "_begin", _before),
    "before its first record is acknowledged": (KafkaSink, "_begin", _after),
    "before its spool drops what Kafka has": (Spool, "acknowledge", _before_at_once),
}
"""Where a spool's sink can die while it starts: its producer runs, and nobody knows yet what Kafka has."""

INSIDE = ("after the fence", "after the upsert")
"""A small batch of plain facts is one statement, and has no such points."""


def doom(point: str, nth: int) -> None:
    """Let this process die when it is at a point for the nth time."""
    left = nth

    def die() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    owner, name, around = (POINTS | SINK_POINTS)[point]
    if point in INSIDE:
        Taker._may_be_plain = lambda *_: False  # type: ignore[method-assign]  # noqa: SLF001  # in this process only
    setattr(owner, name, around(getattr(owner, name), die))


if __name__ == "__main__":
    doom(sys.argv[1], int(sys.argv[2]))
    if words := sys.argv[3:]:
        from infra.fire.teller import run

        sys.exit(run(words))
    from infra.cli.app import main

    sys.argv = ["shopfloor", "projector", "--patience", "120"]
    main()
