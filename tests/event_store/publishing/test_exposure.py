"""How long records have waited to be safe, also those that have left the ledger for the archive."""

from collections.abc import Iterator
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from event_store.archive.archiving import Archiving
from event_store.archive.register import find_archive
from event_store.publishing import Publisher, Witness
from event_store.publishing.exposure import find_exposure
from event_store.sealing import Sealer
from tests.builders.ledgers import Ledger
from tests.builders.months import OCTOBER, SEPTEMBER, three_months
from tests.builders.receivers import SpecifiedWitness, serving
from tests.builders.sealed_logs import TOPIC, signing_key

pytestmark = pytest.mark.postgres

KEY = signing_key()


@pytest.fixture
def ledger(database: str) -> Iterator[Ledger]:
    ledger = Ledger(database)
    yield ledger
    ledger.connection.close()


def test_the_exposure_window_is_the_age_of_the_oldest_record_that_is_not_safe(ledger: Ledger) -> None:
    witness = SpecifiedWitness(KEY.verifier)
    with serving(witness.handle) as address:
        channel = Witness(witness.key, address)
        names = ["folder x", channel.name]
        ledger.add(0, 300)
        nothing = find_exposure(ledger.connection, TOPIC, names, None)
        Sealer(ledger.connection, TOPIC, [KEY]).seal(1_000)
        assert Publisher(ledger.connection, [channel]).serve(at_once=True) == []
        ledger.add(0, 10)
        Sealer(ledger.connection, TOPIC, [KEY]).seal(2_000)
        ledger.add(0, 10)
        found = find_exposure(ledger.connection, TOPIC, names, 1)

    assert nothing.unsealed == nothing.unpublished == nothing.unwitnessed == Ledger.time(0)
    assert (found.unsealed, found.unpublished, found.unwitnessed) == (
        Ledger.time(310), Ledger.time(0), Ledger.time(300),
    )  # fmt: skip
    later = Ledger.time(310) + timedelta(seconds=5)
    assert found.ages(later.astimezone(UTC))["sealed"] == 5


def test_what_is_archived_and_not_published_is_as_exposed_as_what_is_in_the_ledger(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("event_store.archive.archiving.SEGMENT", 80)
    three_months(ledger)
    before = find_exposure(ledger.connection, TOPIC, ["folder x"], None)
    with Archiving(ledger.connection, find_archive(ledger.connection, str(tmp_path)), lambda _: None) as archiving:
        archiving.archive(SEPTEMBER)
        archiving.archive(OCTOBER)

    assert find_exposure(ledger.connection, TOPIC, ["folder x"], None) == before
    assert before.unpublished == Ledger.time(0) - timedelta(days=60)
    for file in tmp_path.rglob("*.gz"):
        file.unlink()
    assert find_exposure(ledger.connection, TOPIC, ["folder x"], None) == before
