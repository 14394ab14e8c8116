"""Whether anything was lost, doubled or put out of order: each source's numbers in the ledger beside what was told."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec


class Entry(msgspec.Struct, frozen=True):
    """A fact that the ledger says was applied."""

    source: str
    sequence: int
    value: bytes


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a look at the ledger found."""

    facts: int
    lost: int
    doubled: int
    out_of_order: int
    altered: int
    """Facts whose bytes are not those that were told."""

    @property
    def is_clean(self) -> bool:
        """Whether the ledger holds exactly what was told, once and in order."""
        return not (self.lost or self.doubled or self.out_of_order or self.altered)


def judge(applied: Iterable[Entry], told: Mapping[str, Sequence[bytes]]) -> Verdict:
    """Compare what was applied, in the order of the ledger, with each source's facts as they were told, from 1 on."""
    seen: dict[str, set[int]] = {source: set() for source in told}
    last: dict[str, int] = {}
    facts = doubled = out_of_order = altered = 0
    for entry in applied:
        facts += 1
        mine = seen.setdefault(entry.source, set())
        doubled += entry.sequence in mine
        mine.add(entry.sequence)
        out_of_order += entry.sequence < last.get(entry.source, 0)
        last[entry.source] = entry.sequence
        expected = told.get(entry.source, ())
        altered += not (0 < entry.sequence <= len(expected) and expected[entry.sequence - 1] == entry.value)
    lost = sum(number not in seen[source] for source, facts in told.items() for number in range(1, len(facts) + 1))
    return Verdict(facts=facts, lost=lost, doubled=doubled, out_of_order=out_of_order, altered=altered)
