from datetime import timedelta

from projections.folding.folding import fold_all
from projections.read_models.lines import LineRow, Lines
from projections.read_models.periods import Grain
from tests.builders.facts import crossed
from tests.builders.records import NOON, history


def test_crossings_are_counted_by_direction_for_each_minute_and_each_quarter_hour() -> None:
    soon = NOON + timedelta(minutes=7, seconds=30)

    rows = fold_all(Lines(), history(crossed("gate"), crossed("gate", "out"), crossed("gate", at=soon)))

    assert rows == {
        ("acme", "ginza-3", "gate", Grain.MINUTE, NOON): LineRow(inward=1, outward=1),
        ("acme", "ginza-3", "gate", Grain.MINUTE, NOON + timedelta(minutes=7)): LineRow(inward=1, outward=0),
        ("acme", "ginza-3", "gate", Grain.QUARTER, NOON): LineRow(inward=2, outward=1),
    }
