from projections.folding.folding import fold_all
from projections.read_models.items import ItemRow, Items
from tests.builders.facts import picked, returned
from tests.builders.records import NOON, SECOND, history


def test_each_pick_and_each_return_is_kept_with_who_moved_it() -> None:
    rows = fold_all(Items(), history(picked(1, "ann"), returned(2, None, NOON + SECOND, misplaced=True)))

    assert rows == {
        ("acme", "ginza-3", NOON, "A1", 1, "picked"): ItemRow(
            sku="sku-1", track_id="track-ann", visit_id="ann", count=0, misplaced=False, confidence=0.9
        ),
        ("acme", "ginza-3", NOON + SECOND, "A1", 2, "returned"): ItemRow(
            sku="sku-2", track_id=None, visit_id=None, count=1, misplaced=True, confidence=0.9
        ),
    }
