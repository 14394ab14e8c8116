"""The schema is frozen: what deployed pages ask for goes only after it was deprecated."""

from pathlib import Path

import pytest

from graphql_api.compatibility import broken
from infra import freshness

BEFORE = """
type Query { visits(first: Int): [String] zones: String @deprecated(reason: "use figures") kind: Kind }
enum Kind { AISLE OLD @deprecated(reason: "nobody has it") }
"""


def test_what_is_added_and_what_was_deprecated_before_breaks_nobody() -> None:
    now = """
    type Query { visits(first: Int, last: Int): [String] kind: Kind doors: String }
    enum Kind { AISLE SERVICE }
    """

    assert broken(BEFORE, now) == []


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("visits(first: Int): [String]", "", "Query.visits was removed"),
        ("visits(first: Int)", "visits", "(first:) was removed"),
        ("visits(first: Int)", "visits(first: Int, store: ID!)", "required argument"),
        ("visits(first: Int): [String]", "visits(first: Int): [Int]", "changed type"),
        ("enum Kind { AISLE", "enum Kind {", "Kind.AISLE was removed"),
    ],
)
def test_what_is_taken_from_clients_is_told(was: str, becomes: str, said: str) -> None:
    (problem,) = broken(BEFORE, BEFORE.replace(was, becomes))

    assert said in problem


def test_a_schema_that_would_break_clients_is_not_fresh_and_is_not_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / freshness.SCHEMA
    path.parent.mkdir()
    path.write_text(BEFORE)
    monkeypatch.setattr(freshness, "GENERATED", {freshness.SCHEMA: lambda: "type Query { doors: String }"})

    freshness.write(tmp_path)

    assert path.read_text() == BEFORE
    lost = freshness.breaking(tmp_path, "type Query { doors: String }")
    assert len(lost) == 3
    assert all("deprecate it first" in each for each in lost)
