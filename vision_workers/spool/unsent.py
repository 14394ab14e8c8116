"""Which facts wait in a spool, noted outside its folder: whoever loses the spool can still be told what was in it."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from event_store.envelope import Envelope


class Unsent(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of one source that are not known to be in the record: all from the first number to the last."""

    key: str
    """`organisation/store`."""
    source: str
    first: int
    last: int


class UnsentFacts:
    """What waits now by source, and what was lost before and is still to be told."""

    def __init__(self, path: Path | None, stored: Mapping[str, int], waiting: Iterable[Unsent]) -> None:
        """Read what was noted last. What the spool has never heard of was in another one, which is gone."""
        self._path = path
        self.changing = threading.Lock()
        """Held by whoever changes the spool and notes it."""
        self._waiting = {each.source: each for each in waiting}
        self._telling: dict[str, int] = {}
        self.lost: Sequence[Unsent] = () if path is None else tuple(_unheard_of(_noted(path), stored))

    def put(self, facts: Sequence[Envelope]) -> None:
        """Note facts that wait from now on, in the order of their numbers."""
        for each in facts:
            if each.source in self._telling:
                continue
            before = self._waiting.get(each.source)
            first = before.first if before else each.sequence
            self._waiting[each.source] = Unsent(key=each.key, source=each.source, first=first, last=each.sequence)
        if facts:
            self._note()

    def acknowledge(self, numbers: Mapping[str, int]) -> None:
        """Note how far the record has what waited."""
        for source, number in numbers.items():
            if number >= self._telling.get(source, number + 1):
                del self._telling[source]
                self.lost = self.lost if self._telling else ()
            before = self._waiting.get(source)
            if before is not None and number >= before.last:
                del self._waiting[source]
            elif before is not None:
                self._waiting[source] = msgspec.structs.replace(before, first=max(before.first, number + 1))
        self._note()

    def tell(self, numbers: Mapping[str, int]) -> None:
        """Forget what was lost once the record has these facts about it, up to these numbers of their sources."""
        with self.changing:
            self._telling = dict(numbers)

    def _note(self) -> None:
        """Write it all; who looks after a kill sees this note or the one before it."""
        if self._path is None:
            return
        unfinished = self._path.with_suffix(".unfinished")
        noted = msgspec.json.encode([*self.lost, *self._waiting.values()])
        with suppress(OSError):  # a disk that takes nothing holds up the spool itself, which says so
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            unfinished.write_bytes(noted)
            unfinished.replace(self._path)


def _noted(path: Path) -> Sequence[Unsent]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[Unsent, ...])
    except (OSError, msgspec.DecodeError):
        return ()


def _unheard_of(noted: Iterable[Unsent], stored: Mapping[str, int]) -> Iterator[Unsent]:
    for each in noted:
        first = max(each.first, stored.get(each.source, 0) + 1)
        if first <= each.last:
            yield msgspec.structs.replace(each, first=first)
