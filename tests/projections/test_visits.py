from datetime import timedelta

from projections.folding.folding import fold_all
from projections.read_models.visits import VisitRow, Visits
from tests.builders.facts import came, went
from tests.builders.records import MINUTE, NOON, history


def test_a_visit_is_open_until_its_end_is_recorded() -> None:
    rows = fold_all(Visits(), history(came("ann")))

    assert rows == {("acme", "ginza-3", "ann"): VisitRow(entered_at=NOON, entry_door="main", camera_id="entrance")}


def test_a_visit_knows_both_doors_and_why_it_ended() -> None:
    rows = fold_all(Visits(), history(came("ann"), went("ann", NOON + MINUTE)))

    assert rows["acme", "ginza-3", "ann"] == VisitRow(
        entered_at=NOON,
        entry_door="main",
        exited_at=NOON + MINUTE,
        exit_door="main",
        reason="left",
        camera_id="entrance",
    )


def test_somebody_lost_from_sight_left_by_no_door() -> None:
    rows = fold_all(Visits(), history(came("ann"), went("ann", NOON + timedelta(seconds=5), reason="lost")))

    assert rows["acme", "ginza-3", "ann"].exit_door is None
    assert rows["acme", "ginza-3", "ann"].reason == "lost"


def test_somebody_whose_coming_nobody_saw_makes_no_visit() -> None:
    assert fold_all(Visits(), history(went(None))) == {}


def test_a_role_that_either_end_knows_stands() -> None:
    known_first = fold_all(Visits(), history(came("ann", role="employee"), went("ann")))
    known_last = fold_all(Visits(), history(came("ann"), went("ann", role="employee")))

    assert [row.role for row in (*known_first.values(), *known_last.values())] == ["employee", "employee"]
