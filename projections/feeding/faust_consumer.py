"""Faust's consumer of the record: it reads from the checkpoints, and no further what is stopped."""

from collections.abc import AsyncIterator, Iterable, Mapping
from itertools import islice
from typing import Any, cast

import structlog
from aiokafka.errors import KafkaError
from faust.transport.drivers import aiokafka as aiokafka_driver
from faust.types import TP

from projections.feeding import feed as feeding
from projections.feeding.faust_thread import LedgerThread
from projections.feeding.feed import Feed

log = structlog.get_logger(__name__)

RETRY_S = 0.5


class LedgerConsumer(aiokafka_driver.Consumer):
    """Reads from the checkpoints, and hands over one message for each fetch.

    Faust makes tasks, an event and an acknowledgement for each message: at a steady pace, in which a fetch has a fact
    or two of each partition, these cost more than the facts' transaction.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._handed: dict[TP, int] = {}
        """Offsets behind what was fetched, some of which may still wait in memory."""

    @property
    def _feed(self) -> Feed:
        return cast("Feed", cast("Any", self.app).feed)

    def _new_consumer_thread(self) -> LedgerThread:
        return LedgerThread(self, loop=self.loop, beacon=self.beacon)

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Seek to where the database stands; start and every rebalance come through here."""
        places = self.assignment()
        ends = await self._log_ends()
        starts = await self._feed.positions({place.partition: ends[place] for place in places})
        positions = {place: starts[place.partition] for place in places if place.partition in starts}
        for place, offset in positions.items():
            await self._seek(place, offset)
        await self.pause_stopped()
        return positions

    async def pause_stopped(self) -> None:
        """Read no further what is stopped."""
        if places := {place for place in self.assignment() if place.partition in self._feed.projector.stopped}:
            thread = cast("LedgerThread", self._thread)
            await thread.call_thread(thread.pause, places)

    async def try_stopped_again(self) -> None:
        """Take up what was stopped, now and then, for as long as it lasts."""
        while not self.should_stop:
            await self.sleep(feeding.TRY_AGAIN_S)
            places = {place for place in self.assignment() if place.partition in self._feed.projector.stopped}
            if places:
                await self._try_again(places)

    async def _try_again(self, places: set[TP]) -> None:
        try:
            ends = await self.highwaters(*places)
        except KafkaError as problem:
            log.warning("waiting for Kafka", problem=str(problem))
            return
        starts = await self._feed.try_again({place.partition: end for place, end in ends.items()})
        thread = cast("LedgerThread", self._thread)
        await thread.call_thread(
            thread.resume, {place: starts[place.partition] for place in places if place.partition in starts}
        )

    async def _log_ends(self) -> Mapping[TP, int]:
        while not self.should_stop:
            try:
                return await self.highwaters(*places) if (places := self.assignment()) else {}
            except KafkaError as problem:
                log.warning("waiting for Kafka", problem=str(problem))
                await self.sleep(RETRY_S)
        return {}

    def log_end(self, place: TP, following: int) -> int:
        """Return the end of a partition's committed records; `following` is the offset behind those in hand."""
        read = max(following, self._handed.get(place, 0))
        return cast("LedgerThread", self._thread).committed_end(place, read)

    async def _seek(self, partition: TP, offset: int) -> None:
        """Seek in the consumer's own thread; Faust would do it from this one, under the feet of a fetch."""
        await self._thread.call_thread(self._thread.seek, partition, offset)  # type: ignore[arg-type]  # it need not wait

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Any]]:  # noqa: ASYNC109  # overridden
        """Fetch batches, one of each partition; they are the value of one message, which goes as the first one's."""
        records, active = await self._wait_next_records(timeout)
        if records is None or self.should_stop:
            return
        if not self.flow_active:
            await self.perform_seek()
            return
        batches = {
            place: batch
            for place, batch in records.items()
            if batch and (active is None or place in active) and batch[-1].offset >= (self._read_offset.get(place) or 0)
        }
        for place, batch in islice(batches.items(), 1):
            message: Any = self._to_message(place, batch[-1])
            message.value = list(batches.values())
            self._handed |= {each: batch[-1].offset + 1 for each, batch in batches.items()}
            yield place, message

    def on_buffer_full(self, tp: TP) -> None:
        """Let the fetcher wait for room; Faust would leave the partition out, and sleep a second when all are."""

    def refusal(self) -> BaseException | None:
        """Return why Kafka cannot be reached, or does not let this process into the group, if that is so."""
        thread = cast("LedgerThread", self._thread)
        client = thread._consumer  # noqa: SLF001  # Faust hides it
        coordinator = client and client._coordinator  # noqa: SLF001  # the same
        return thread.absence or (coordinator and coordinator._pending_exception)  # noqa: SLF001  # the same

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Keep no book of gaps: a batch is one message, so there would be one for each."""

    def _filter_committable_offsets(self, tps: Iterable[TP]) -> dict[TP, int]:
        """Commit what the database holds, for whoever watches the group's lag; a message speaks for all partitions."""
        offsets = {}
        for place in tps:
            self._acked[place].clear()
            self._acked_index[place].clear()
        for place in {TP(each.topic, number) for each in tps for number in self._feed.projector.owned()}:
            taken = self._feed.projector.next_offset(place.partition)
            if taken is not None and self._should_commit(place, taken):
                offsets[place] = taken
        return offsets
