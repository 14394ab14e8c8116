"""Every read model names the facts that it folds; a filling from the ledger reads no others."""

from typing import Any

import pytest

from event_store.events import FACTS
from projections.catalogue import READ_MODELS
from projections.folding.projection import Key, Projection
from tests.builders.records import recorded
from tests.builders.samples import SAMPLES


class Seen(dict[Key, Any]):
    """Rows of a store, and whether a fold looked at or touched any."""

    def __init__(self) -> None:
        super().__init__()
        self.touched = False

    def get(self, key: Key, _: Any = None) -> Any:
        self.touched = True
        return super().get(key)

    def __setitem__(self, key: Key, row: Any) -> None:
        self.touched = True
        super().__setitem__(key, row)

    def __delitem__(self, key: Key) -> None:
        self.touched = True
        self.pop(key, None)


@pytest.mark.parametrize("projection", READ_MODELS, ids=lambda projection: projection.name)
def test_a_read_model_folds_every_fact_that_it_names_and_no_other(projection: Projection[Any]) -> None:
    touched = set()
    for name, event in FACTS.items():
        rows = Seen()
        projection.fold(rows, recorded(SAMPLES[name]))
        if rows.touched:
            touched.add(event)

    assert touched == projection.facts
