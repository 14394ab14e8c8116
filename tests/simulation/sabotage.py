"""Guards of the core, switched off one at a time, to see that the simulation misses each of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any
from unittest.mock import patch

from event_store import progress
from event_store.ledger import LogRecord
from projections.folding.batch_fold import BatchFold
from projections.taking.continuity import Continuity
from projections.taking.partition import Partition
from tests.simulation.tables import Tables


@contextmanager
def without_the_fence() -> Iterator[None]:
    """A checkpoint moves from wherever it stands."""
    unfenced = progress._ADVANCE.replace("c.next_offset = step.before AND", "")
    assert unfenced != progress._ADVANCE
    with patch.object(progress, "_ADVANCE", unfenced):
        yield


@contextmanager
def without_the_key_of_applied_ids() -> Iterator[None]:
    """The table of applied ids takes an id twice."""
    made = Tables.__init__

    def make(self: Tables) -> None:
        made(self)
        self.without_key.add("applied")

    with patch.object(Tables, "__init__", make):
        yield


@contextmanager
def without_seeking_back() -> Iterator[None]:
    """A batch that begins too late is taken as it is."""

    async def go_on(_: Continuity, __: Partition, records: Sequence[LogRecord]) -> Sequence[LogRecord]:
        return records

    with patch.object(Continuity, "_jumped", go_on):
        yield


@contextmanager
def without_parking() -> Iterator[None]:
    """What comes after a dead letter of its subject does not wait."""
    with patch("projections.taking.taking.BatchFold", partial(BatchFold, parking=False)):
        yield


@contextmanager
def without_obeying_seeks() -> Iterator[None]:
    """The driver reads on where it is, whatever the core says."""

    async def take(self: Any, fetched: Any) -> None:
        ends = {place.partition: self._consumer.last_stable_offset(place) for place in fetched}
        await self._feed.take(fetched.values(), ends)

    with patch("projections.feeding.aiokafka_driver.Member._take", take):
        yield


SIMULATED: Mapping[str, Callable[[], AbstractContextManager[None]]] = {
    "the fence": without_the_fence,
    "the unique key on applied ids": without_the_key_of_applied_ids,
    "the seek back after a jump": without_seeking_back,
    "a driver that obeys the seek": without_obeying_seeks,
    "the parking of later facts": without_parking,
}
