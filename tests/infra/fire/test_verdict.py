"""The verdict on a ledger sees everything that can be wrong with it."""

import pytest

from infra.fire.verdict import Entry, Verdict, judge

TOLD = {"/acme/north/camera/door/run": [b"first", b"second", b"third"]}
(SOURCE,) = TOLD


def entries(*numbers: int) -> list[Entry]:
    return [Entry(SOURCE, number, TOLD[SOURCE][number - 1]) for number in numbers]


def test_what_was_told_once_and_in_order_is_clean() -> None:
    verdict = judge(entries(1, 2, 3), TOLD)

    assert verdict == Verdict(facts=3, lost=0, doubled=0, out_of_order=0, altered=0)
    assert verdict.is_clean


@pytest.mark.parametrize(
    ("numbers", "wrong"),
    [
        ((1, 3), {"lost": 1}),
        ((), {"lost": 3}),
        ((1, 2, 2, 3), {"doubled": 1}),
        ((2, 1, 3), {"out_of_order": 1}),
        ((1, 2, 3, 1), {"doubled": 1, "out_of_order": 1}),
    ],
)
def test_what_is_missing_doubled_or_misplaced_is_counted(numbers: tuple[int, ...], wrong: dict[str, int]) -> None:
    verdict = judge(entries(*numbers), TOLD)

    counted = {name: getattr(verdict, name) for name in ("lost", "doubled", "out_of_order", "altered")}
    assert {name: count for name, count in counted.items() if count} == wrong
    assert not verdict.is_clean


def test_a_fact_with_other_bytes_is_altered() -> None:
    verdict = judge([*entries(1, 2), Entry(SOURCE, 3, b"thord")], TOLD)

    assert verdict.altered == 1
    assert not verdict.is_clean


def test_a_fact_that_nobody_told_is_altered() -> None:
    invented = [Entry(SOURCE, 4, b"fourth"), Entry("/acme/north/camera/attic/run", 1, b"first")]

    assert judge([*entries(1, 2, 3), *invented], TOLD).altered == 2
