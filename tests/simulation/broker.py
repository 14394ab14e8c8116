"""Kafka in memory: the logs of a few partitions, and a consumer as aiokafka's, whose fetches may go astray."""

import random
from collections.abc import Iterable, Mapping, Sequence
from types import SimpleNamespace

import msgspec
from aiokafka import TopicPartition
from aiokafka.errors import NodeNotReadyError

from event_store.log import Continuation
from event_store.partitions import partition_of
from tests.builders.logs import RECORDED_MS, TOPIC, Record
from tests.simulation.points import Point

MOST_FETCHED = 12


class Broker:
    """The logs, each with its records in order; an offset may be missing, as after a compaction."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.logs: dict[int, list[Record]] = {}
        self.ends: dict[int, int] = {}
        self.is_well = False
        """Whether fetches go astray no longer."""

    def append(self, key: str, value: bytes | None) -> Record:
        number = partition_of(key)
        offset = self.ends.get(number, 0)
        record = Record(partition=number, offset=offset, timestamp=RECORDED_MS, key=key.encode(), value=value)
        self.logs.setdefault(number, []).append(record)
        self.ends[number] = offset + 1
        return record

    def skip(self, number: int) -> None:
        """Let an offset be no record's."""
        if number in self.ends:
            self.ends[number] += 1

    def read(self, number: int, offset: int, most: int) -> Sequence[Record]:
        return [record for record in self.logs.get(number, ()) if record.offset >= offset][:most]

    async def continuation(self, number: int, offset: int) -> Continuation:
        await Point("ask log")
        return Continuation(0, next((record.offset for record in self.read(number, offset, 1)), None))

    def mishap(self, share: float) -> bool:
        return not self.is_well and self.chance.random() < share


class Consumer:
    """What the second driver uses of `AIOKafkaConsumer`."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._positions: dict[TopicPartition, int] = {}
        self._subscription = SimpleNamespace(subscription=SimpleNamespace(assignment=self))

    def assign(self, numbers: Iterable[int]) -> None:
        """Give partitions, to be read from wherever the group's offsets happen to be."""
        chance, ends = self._broker.chance, self._broker.ends
        self._positions = {TopicPartition(TOPIC, number): chance.randint(0, ends.get(number, 0)) for number in numbers}

    def assignment(self) -> set[TopicPartition]:
        return set(self._positions)

    async def end_offsets(self, places: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
        places = list(places)
        await Point("ask ends")
        if self._broker.mishap(0.05):
            raise NodeNotReadyError
        return {place: self._broker.ends.get(place.partition, 0) for place in places}

    async def getmany(self, *, timeout_ms: int, max_records: int) -> Mapping[TopicPartition, list[Record]]:
        del timeout_ms
        await Point("fetch")
        fetched = {}
        for place, position in self._positions.items():
            most = self._broker.chance.randint(0, min(MOST_FETCHED, max_records))
            records = list(self._broker.read(place.partition, position, most))
            if records:
                self._positions[place] = records[-1].offset + 1
                if not self._broker.mishap(0.1):
                    fetched[place] = [msgspec.structs.replace(record) for record in records]
        return fetched

    def last_stable_offset(self, place: TopicPartition) -> int | None:
        return self._broker.ends.get(place.partition)

    def state_value(self, place: TopicPartition) -> SimpleNamespace:
        return SimpleNamespace(has_valid_position=place in self._positions, position=self._positions.get(place))

    def seek(self, place: TopicPartition, offset: int) -> None:
        assert place in self._positions, "only what is assigned can be sought"
        self._positions[place] = offset
