"""Three sealed months, filled once and copied for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders.ledgers import Ledger
from tests.builders.months import three_months
from tests.builders.own_services import own_database


@pytest.fixture(scope="package")
def three_months_template(postgres: str, migrated_template: str) -> Iterator[str]:
    """Name of a database with three sealed months, to copy."""
    with own_database(postgres, migrated_template) as address:
        ledger = Ledger(address)
        three_months(ledger)
        ledger.connection.close()
        yield address.rpartition("/")[2]


@pytest.fixture
def ledger(postgres: str, three_months_template: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    """Three sealed months, whose segments will have four blocks at most."""
    monkeypatch.setattr("event_store.archive.segments.BLOCK", 20)
    monkeypatch.setattr("event_store.archive.archiving.SEGMENT", 80)
    with own_database(postgres, three_months_template) as address:
        ledger = Ledger(address)
        yield ledger
        ledger.connection.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "archive"
