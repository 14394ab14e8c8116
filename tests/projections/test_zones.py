from projections.folding.folding import fold_all
from projections.read_models.zones import StayRow, Zones
from tests.builders.facts import stepped_in, stepped_out
from tests.builders.records import MINUTE, NOON, history


def test_a_stay_is_open_until_its_end_is_recorded() -> None:
    rows = fold_all(Zones(), history(stepped_in("ann", "dairy")))

    assert rows == {
        ("acme", "ginza-3", "dairy", NOON, "track-ann"): StayRow(
            visit_id="ann", zone_name="Dairy", camera_id="entrance"
        )
    }


def test_a_stay_that_ended_knows_how_long_it_was_and_why_it_ended() -> None:
    rows = fold_all(Zones(), history(stepped_in("ann", "dairy"), stepped_out("ann", "dairy", NOON, NOON + MINUTE)))

    assert list(rows.values()) == [
        StayRow(
            visit_id="ann",
            zone_name="Dairy",
            camera_id="entrance",
            exited_at=NOON + MINUTE,
            dwell_ms=60_000,
            reason="left",
        )
    ]


def test_coming_back_to_a_zone_is_another_stay() -> None:
    first, again = NOON, NOON + 5 * MINUTE

    rows = fold_all(
        Zones(),
        history(
            stepped_in("ann", "dairy", first),
            stepped_out("ann", "dairy", first, first + MINUTE),
            stepped_in("ann", "dairy", again),
        ),
    )

    assert [row.exited_at for row in rows.values()] == [first + MINUTE, None]
