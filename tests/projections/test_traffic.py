from projections.folding.folding import fold_all
from projections.read_models.periods import Grain
from projections.read_models.traffic import Traffic, TrafficRow
from tests.builders.facts import came, went
from tests.builders.records import MINUTE, NOON, history


def test_whoever_comes_and_goes_is_counted_in_the_minute_and_the_quarter_hour() -> None:
    rows = fold_all(Traffic(), history(came("ann"), came("bob"), went("ann", NOON + MINUTE)))

    assert rows == {
        ("acme", "ginza-3", Grain.MINUTE, NOON, "unknown"): TrafficRow(entered=2),
        ("acme", "ginza-3", Grain.MINUTE, NOON + MINUTE, "unknown"): TrafficRow(left=1),
        ("acme", "ginza-3", Grain.QUARTER, NOON, "unknown"): TrafficRow(entered=2, left=1),
    }


def test_whoever_is_lost_from_sight_has_not_left() -> None:
    assert fold_all(Traffic(), history(went("ann", reason="lost"))) == {}


def test_somebody_whose_coming_nobody_saw_leaves_all_the_same() -> None:
    rows = fold_all(Traffic(), history(went(None)))

    assert set(rows.values()) == {TrafficRow(left=1)}


def test_employees_are_counted_apart() -> None:
    rows = fold_all(Traffic(), history(came("ann", role="employee"), came("bob")))

    assert rows["acme", "ginza-3", Grain.QUARTER, NOON, "employee"] == TrafficRow(entered=1)
    assert rows["acme", "ginza-3", Grain.QUARTER, NOON, "unknown"] == TrafficRow(entered=1)
