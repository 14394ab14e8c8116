from collections.abc import Sequence
from itertools import pairwise
from typing import Any, ClassVar

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from event_store.envelope import RecordedEvent
from event_store.events.event import Event
from event_store.events.lines import LineCrossed
from event_store.ledger import Attributes
from projections.folding.projection import EventClasses, Policy, Row, Rows
from projections.folding.readings import Reader, Reading
from tests.builders.facts import crossed
from tests.builders.logs import Log
from tests.builders.tables_in_memory import Tables

READER = Reader(12)


class Count(Row, frozen=True, kw_only=True):
    count: int


class Particular:
    """One row for each line; refuses one while another has been crossed, and counts how often it was asked."""

    version: ClassVar[int] = 1
    facts: ClassVar[EventClasses] = frozenset({LineCrossed})
    row = Count

    def __init__(self, name: str, refuses: str, after: str | None = None) -> None:
        self.name = name
        self.folds = 0
        self._refuses = refuses
        self._after = after

    def fold(self, rows: Rows[Count], recorded: RecordedEvent) -> None:
        self.folds += 1
        match recorded.event:
            case LineCrossed(line_id=line):
                before = rows.get(line)
                rows[line] = Count(count=1 if before is None else before.count + 1)
                if line.startswith(self._refuses) and (self._after is None or rows.get(self._after) is not None):
                    raise ValueError(f"{self.name} refuses {line}")


class Witness(Policy[Count]):
    """Derives one fact from each that it is asked to decide about, and counts what passes by."""

    name: ClassVar[str] = "witness"
    version: ClassVar[int] = 1
    facts: ClassVar[EventClasses] = frozenset({LineCrossed})
    row = Count

    def decide(self, rows: Rows[Count], recorded: RecordedEvent) -> Sequence[Event]:
        self._count(rows, "decided")
        return [recorded.event]

    def pass_by(self, rows: Rows[Count], attributes: Attributes) -> Sequence[Event]:  # noqa: ARG002
        self._count(rows, "passed by")
        return ()

    def _count(self, rows: Rows[Count], what: str) -> None:
        before = rows.get(what)
        rows[what] = Count(count=1 if before is None else before.count + 1)


def readings(lines: Sequence[str], subjects: int = 1_000) -> list[Reading]:
    """Return a crossing of each line, about so many subjects in turns."""
    facts = [structs.replace(crossed(line), track_id=str(number % subjects)) for number, line in enumerate(lines)]
    return [READER.read(record) for record in Log().add(*facts).records]


async def test_facts_are_not_folded_again_for_each_that_fails() -> None:
    projection = Particular("particular", refuses="bad")
    lines = [f"{'bad' if number % 2 else 'good'}-{number}" for number in range(400)]

    folded = await Tables([projection]).take(readings(lines))

    assert len(folded.letters) == 200
    assert projection.folds <= 4 * len(lines)


async def test_a_fact_that_a_later_table_refuses_misleads_no_earlier_one() -> None:
    first, second = Particular("first", refuses="b", after="a"), Particular("second", refuses="a")
    tables = Tables([first, second])

    await tables.take(readings(["a", "b"]))

    assert tables.dispositions == ["dead", "applied"]
    assert [sorted(key[2] for key in tables.held[name]) for name in ("first", "second")] == [["b"], ["b"]]


async def test_a_policy_decides_about_no_fact_that_a_table_refuses() -> None:
    tables = Tables([Witness(), Particular("particular", refuses="bad")])

    folded = await tables.take(readings(["good-1", "bad-1", "good-2"]))

    assert [derived.cause.attributes.subject for derived in folded.derived] == ["track/0", "track/2"]
    assert {key[2]: row.count for key, row in tables.held["witness"].items()} == {"decided": 2, "passed by": 1}


@settings(max_examples=60, deadline=None)
@given(
    lines=st.lists(st.sampled_from("abcdef"), min_size=1, max_size=14),
    subjects=st.integers(min_value=1, max_value=6),
    rules=st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")), max_size=3),
    cuts=st.lists(st.integers(min_value=1, max_value=13), max_size=6),
)
async def test_what_fails_is_the_same_however_the_facts_are_cut_into_batches(
    lines: list[str], subjects: int, rules: list[tuple[str, str]], cuts: list[int]
) -> None:
    taken: list[Tables] = []
    came = readings(lines, subjects)
    somewhere = sorted({0, len(lines), *(cut for cut in cuts if cut < len(lines))})
    for edges in ([0, len(lines)], somewhere, range(len(lines) + 1)):
        projections: list[Any] = [
            Particular(f"table_{number}", refuses, after) for number, (refuses, after) in enumerate(rules)
        ]
        tables = Tables([Witness(), *projections])
        for begin, end in pairwise(edges):
            await tables.take(came[begin:end])
        taken.append(tables)

    assert all(each.dispositions == taken[0].dispositions for each in taken)
    assert all(each.held == taken[0].held for each in taken)
