"""One look at the record after the other: what is new at once, and everything again slowly behind it."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from psycopg import Connection

from event_store.archive.errors import ArchivedPartAltered, ArchivedPartMissing, ArchivingError
from event_store.checkpoints import PartitionState, VerifierKey
from event_store.database import outages_told
from event_store.errors import Unreachable
from event_store.events.ops import RecordSide
from event_store.monitoring.divergence import SEALS, Divergence
from event_store.monitoring.memory import Memory, Round
from event_store.monitoring.removals import Removals
from event_store.monitoring.seal_log import SealLog
from event_store.monitoring.sealed_trees import SealedTrees
from event_store.monitoring.sides import Side
from event_store.monitoring.walk import Standing, Step, Walk
from event_store.replay import Place


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What one look found."""

    memory: Memory
    checkpoint: int
    """The size of the log of seals that was compared with; 0 while nothing is sealed."""
    verified: Mapping[str, int]
    """How many records of each side were compared since the first one."""
    divergences: Sequence[Divergence]
    """All that is not mended yet."""
    unreachable: Mapping[str, str]
    """Sides that could not be looked at, and why."""


class Copies(msgspec.Struct, frozen=True, kw_only=True):
    """What is compared: the seals and tiles of a database, and the two sides of the record."""

    connection: Connection[Any]
    sides: tuple[Side, Side]
    keys: Sequence[VerifierKey]
    removals: Removals


Key = tuple[str, str, int]
MOST_SEALS = 2_000
"""So many seals are checked at one look, on each way."""
NEWEST, AGAIN = "newest", "again"
"""The two ways: over what is new, at once; and slowly over everything again."""


class Monitor:
    """Compares both copies with the seals and keeps what is not mended; `most` records a side are read in each look."""

    def __init__(self, memory: Memory, divergences: Iterable[Divergence], most: int) -> None:
        self._memory = memory
        # what one way found is mended when that way comes through; the other may still be right to complain
        self._open: dict[str, dict[Key, Divergence]] = {NEWEST: {}, AGAIN: {each.key: each for each in divergences}}
        self._most = most
        self._unreachable: dict[str, str] = {}

    @property
    def memory(self) -> Memory:
        """What is remembered of the looks before."""
        return self._memory

    async def look(self, copies: Copies) -> Look:
        """Check what was sealed since the last look and a part of what was sealed before."""
        now = time.time_ns() // 1_000_000
        self._unreachable = {}
        left: dict[str, int] = {side.name: self._most for side in copies.sides}
        newest, _ = await self._go(NEWEST, self._memory.newest, copies, left)
        goal = newest.seals
        began = self._memory.again if self._memory.again.began_ms else Round(began_ms=now)
        again, ended = await self._go(AGAIN, began, copies, left, SealLog(goal))
        memory = Memory(
            newest=newest,
            again=Round() if ended else again,
            removed=copies.removals.explained,
            kept=copies.removals.kept,
            last_round_ms=now - began.began_ms if ended else self._memory.last_round_ms,
            last_round_ended_ms=now if ended else self._memory.last_round_ended_ms,
        )
        self._memory = memory
        return Look(
            memory=memory,
            checkpoint=goal.size,
            verified={side.name: _verified(newest, side.name) for side in copies.sides},
            divergences=self._divergences(),
            unreachable=self._unreachable,
        )

    async def _go(
        self, way: str, round_: Round, copies: Copies, left: dict[str, int], goal: SealLog | None = None
    ) -> tuple[Round, bool]:
        """Take a round further, up to the goal or as far as there are seals; tell whether it has come to its end."""
        seals = SealLog(round_.seals)
        self._check_seals(way, seals, copies)
        target = goal or seals
        walks = dict(round_.walks)
        done = seals.size >= target.size and target.last is not None
        for state in target.last.partitions if target.last else ():
            for sides in (copies.sides, copies.sides[::-1]):
                name = f"{sides[0].name} {state.topic}/{state.partition}"
                walk = Walk(
                    sides, Place(state.topic, state.partition), SealedTrees(copies.connection), copies.removals,
                    walks.get(name, Standing()),
                )  # fmt: skip
                done &= await self._walk(way, walk, sides[0].name, state, target.size, left)
                walks[name] = walk.standing
        return Round(seals=seals.standing, walks=walks, began_ms=round_.began_ms), done

    def _check_seals(self, way: str, seals: SealLog, copies: Copies) -> None:
        """Check the seals that are new to this way."""
        checked = 0
        while True:
            first = max(0, seals.size - 1)
            new, found = seals.step(copies.connection, copies.keys, self._most)
            if found or seals.size > first:
                self._replace(way, SEALS, SEALS, found)
            checked += new
            if not new or found or checked >= MOST_SEALS:
                return

    async def _walk(
        self, way: str, walk: Walk, side: RecordSide, state: PartitionState, checkpoint: int, left: dict[str, int]
    ) -> bool:
        """Walk as far as the seal covers and the budget allows; tell whether all was compared."""
        while left[side] > 0:
            before = walk.size
            try:
                with outages_told():
                    step = await walk.step(state, checkpoint, left[side])
            except (ArchivedPartAltered, ArchivedPartMissing) as problem:
                tree = f"{state.topic}/{state.partition}"
                self._replace(way, side, tree, [_of_archive(side, tree, walk.size, checkpoint, problem)])
                return False
            except (Unreachable, ArchivingError) as problem:
                self._unreachable[side] = " ".join(str(problem).split())
                return False
            left[side] -= step.read
            self._mind(way, side, f"{state.topic}/{state.partition}", step)
            if walk.removed or walk.size == before:
                break
        return walk.removed or walk.size >= state.size

    def _mind(self, way: str, side: str, tree: str, step: Step) -> None:
        """Keep what was found; a side is right again when its root is, a tile when somebody has passed it again."""
        for key in [key for key in self._open[AGAIN] if key[:2] == ("tiles", tree) and key[2] in step.passed]:
            del self._open[AGAIN][key]
        damaged = [each for each in step.found if each.side == "tiles"]
        self._open[AGAIN] |= {each.key: each for each in damaged}
        if step.proved or len(step.found) > len(damaged):
            self._replace(way, side, tree, [each for each in step.found if each.side == side])

    def _replace(self, way: str, side: str, tree: str, found: Sequence[Divergence]) -> None:
        kept = {key: each for key, each in self._open[way].items() if key[:2] != (side, tree)}
        self._open[way] = kept | {each.key: each for each in found}

    def _divergences(self) -> list[Divergence]:
        found = self._open[AGAIN] | self._open[NEWEST]
        return [found[key] for key in sorted(found)]


def _of_archive(side: RecordSide, tree: str, leaf: int, checkpoint: int, problem: ArchivingError) -> Divergence:
    return Divergence(side=side, tree=tree, leaf=leaf, checkpoint=checkpoint, why=str(problem))


def _verified(round_: Round, side: str) -> int:
    return sum(standing.size for name, standing in round_.walks.items() if name.startswith(f"{side} "))
