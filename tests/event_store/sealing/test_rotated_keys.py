from collections.abc import Iterator

import pytest

from event_store.checkpoints import SigningKey
from event_store.sealing import Sealer
from event_store.verifier.notes import read_key, read_note
from tests.builders.ledgers import Ledger
from tests.builders.sealed_logs import TOPIC, signing_key

pytestmark = pytest.mark.postgres

OLD, NEW = signing_key(1), signing_key(2)


@pytest.fixture
def ledger(database: str) -> Iterator[Ledger]:
    ledger = Ledger(database)
    yield ledger
    ledger.connection.close()


@pytest.mark.parametrize("following", [[OLD, NEW], [NEW]], ids=["rotated", "rotated and retired"])
def test_a_key_that_begins_to_sign_makes_a_seal_though_nothing_came(
    ledger: Ledger, following: list[SigningKey]
) -> None:
    ledger.add(0, 1)
    Sealer(ledger.connection, TOPIC, [OLD]).seal(1_000)
    made = Sealer(ledger.connection, TOPIC, following).seal(2_000)

    assert made is not None
    assert (made.seal.number, [each.size for each in made.seal.partitions]) == (1, [1])
    expected = sorted(read_key(str(key.verifier)) for key in following)
    assert read_note(made.note, expected)[1] == expected
    assert [Sealer(ledger.connection, TOPIC, keys).seal(3_000) for keys in (following, [NEW])] == [None, None]
