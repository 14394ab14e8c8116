from typing import ClassVar

from sqlalchemy import Column, Integer, Table, Text

from event_store.envelope import RecordedEvent
from event_store.events.lines import LineCrossed
from projections.folding.folding import fold_all
from projections.folding.projection import EventClasses, Projection, Row, Rows
from projections.folding.rows import TableRows
from projections.tables.read_model import definition, read_model
from tests.builders.records import NOON, SEEN, history


class Crossings(Row, frozen=True, kw_only=True):
    count: int


class LineCounts(Projection[Crossings]):
    """One row for each line and direction."""

    table: ClassVar[Table] = read_model(
        "line_counts",
        1,
        Column("line_id", Text, primary_key=True),
        Column("direction", Text, primary_key=True),
        Column("count", Integer),
    )
    facts: ClassVar[EventClasses] = frozenset({LineCrossed})
    row = Crossings

    def fold(self, rows: Rows[Crossings], recorded: RecordedEvent) -> None:
        match recorded.event:
            case LineCrossed(line_id=line, direction=direction):
                before = rows.get((line, direction))
                rows[line, direction] = Crossings(count=1 if before is None else before.count + 1)


def crossed(direction: str) -> LineCrossed:
    return LineCrossed(**SEEN, track_id="t1", visit_id=None, line_id="gate", direction=direction, time=NOON)  # type: ignore[arg-type]


def test_facts_fold_to_rows_without_a_database() -> None:
    rows = fold_all(LineCounts(), history(crossed("in"), crossed("in"), crossed("out")))

    assert rows == {
        ("acme", "ginza-3", "gate", "in"): Crossings(count=2),
        ("acme", "ginza-3", "gate", "out"): Crossings(count=1),
    }


def test_a_row_that_nobody_read_is_noted_and_loaded_before_the_fold_counts() -> None:
    rows: TableRows[Crossings] = TableRows()
    (fact,) = history(crossed("in"))
    key = ("acme", "ginza-3", "gate", "in")

    LineCounts().fold(rows.of("acme", "ginza-3"), fact)
    assert rows.missing() == [key]
    assert not rows.is_complete

    rows.load([key], {key: Crossings(count=41)})
    rows.start()
    LineCounts().fold(rows.of("acme", "ginza-3"), fact)
    assert rows.is_complete
    assert rows.changes() == [(key, Crossings(count=42))]


def test_a_row_taken_away_needs_no_read_and_is_gone_for_the_next_fact() -> None:
    rows: TableRows[Crossings] = TableRows()
    store = rows.of("acme", "ginza-3")

    del store["gate", "in"]

    assert store.get(("gate", "in")) is None
    assert rows.changes() == [(("acme", "ginza-3", "gate", "in"), None)]


def test_what_the_batch_wrote_is_known_afterwards() -> None:
    rows: TableRows[Crossings] = TableRows()
    store = rows.of("acme", "ginza-3")
    store["gate", "in"] = Crossings(count=1)
    rows.commit()

    assert store.get(("gate", "in")) == Crossings(count=1)
    assert rows.changes() == []


def test_only_so_many_rows_are_remembered() -> None:
    rows: TableRows[Crossings] = TableRows(known_rows=2)
    store = rows.of("acme", "ginza-3")
    for line in ("a", "b", "c", "d", "e", "f"):
        store[line, "in"] = Crossings(count=1)
    rows.commit()

    assert store.get(("f", "in")) == Crossings(count=1)
    assert rows.is_complete
    assert store.get(("a", "in")) is None
    assert not rows.is_complete


def test_every_read_model_is_keyed_by_store_and_guarded_by_row() -> None:
    statements = list(definition(LineCounts.table, "line_counts_v1_b2"))

    assert statements[0] == 'CREATE SCHEMA "line_counts_v1_b2"'
    assert "PRIMARY KEY (organisation, store, line_id, direction)" in statements[1]
    assert any("FORCE ROW LEVEL SECURITY" in statement for statement in statements)
