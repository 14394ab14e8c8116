"""Partitions that are taken no further, each by itself, until a person has seen to the cause."""

from collections.abc import Iterable, Mapping

import msgspec
import structlog

from projections.errors import RecreatedTopic, TooManyDeadLetters

log = structlog.get_logger(__name__)

Cause = RecreatedTopic | TooManyDeadLetters


class Stopped(msgspec.Struct, frozen=True):
    """A partition is taken no further."""

    cause: Cause


class StoppedPartitions:
    """The partitions of one process that are stopped; the others go on."""

    def __init__(self) -> None:
        self._causes: dict[int, Cause] = {}

    def __contains__(self, number: object) -> bool:
        return number in self._causes

    @property
    def causes(self) -> Mapping[int, Cause]:
        """Why each of them is stopped."""
        return self._causes

    def stop(self, cause: Cause) -> Stopped:
        """Take a partition no further; said once for each cause."""
        number, known = cause.partition, self._causes.get(cause.partition)
        if known is None or str(known) != str(cause):
            log.error("a partition is taken no further, the others are", partition=number, why=str(cause))
        self._causes[number] = cause
        return Stopped(cause)

    def keep(self, numbers: Iterable[int]) -> None:
        """Know nothing of others than these any longer."""
        wanted = set(numbers)
        self._causes = {number: cause for number, cause in self._causes.items() if number in wanted}

    def release(self, number: int) -> None:
        """Take a partition again."""
        self._causes.pop(number, None)
