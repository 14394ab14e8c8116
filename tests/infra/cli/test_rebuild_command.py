"""`shopfloor rebuild`: what it says, and what it refuses."""

import psycopg
import pytest

from projections.catalogue import READ_MODELS
from tests.builders.commands import CommandLine
from tests.builders.histories import long_day
from tests.builders.tallies import Takings

pytestmark = pytest.mark.postgres

VERSION = next(projection.version for projection in READ_MODELS if projection.name == "visits")


@pytest.fixture
async def day(database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database of the settings that has taken a store's day."""
    monkeypatch.setenv("SHOPFLOOR_DATABASE", database)
    takings = Takings(database, READ_MODELS)
    await takings.take(long_day(shoppers=3))
    await takings.close()
    return database


def test_what_differs_is_shown_before_the_switch_and_the_digest_after_it(day: str, shopfloor: CommandLine) -> None:
    with psycopg.connect(day) as connection:
        connection.execute(f"SET search_path TO visits_v{VERSION}")
        listed = "SELECT visit_id FROM visits ORDER BY visit_id"
        ids = [visit for (visit,) in connection.execute(listed)]
        connection.execute("UPDATE visits SET role = 'tester' WHERE visit_id = %s", (ids[0],))
        connection.execute("DELETE FROM visits WHERE visit_id = %s", (ids[1],))

    assert shopfloor.run("rebuild", "visits", "--dry-run", "--version", VERSION) == 0, shopfloor.err
    counts, changed, added, filled = shopfloor.out.decode().splitlines()
    assert counts == (
        f"visits: v{VERSION} build 1 and v{VERSION} build 2 at the same positions: "
        f"{len(ids) - 2} rows the same, 1 changed, 0 only before, 1 only after"
    )
    assert changed.startswith(f'  changed      acme/ginza-3/{ids[0]}: role "tester" → "')
    assert added.startswith(f"  only after   acme/ginza-3/{ids[1]}: {{")
    assert filled == f"visits v{VERSION} build 2 is filled and not current"

    assert shopfloor.run("rebuild", "visits", "--show", 0) == 0
    going_on, counts, current, digest = shopfloor.out.decode().splitlines()
    assert going_on == f"visits v{VERSION} build 2: going on where it stood"
    assert counts.endswith("1 changed, 0 only before, 1 only after")
    assert current == f"visits v{VERSION} build 2 is current"
    assert digest.endswith(f"  visits, {len(ids)} rows")
    shopfloor.run("digest", "visits")
    assert digest.split()[0] in shopfloor.out.decode()

    assert shopfloor.run("rebuild", "visits", "--back") == 0
    assert shopfloor.out.decode().splitlines()[-2] == f"visits v{VERSION} build 1 is current"


def test_all_read_models_are_rebuilt_at_once(day: str, shopfloor: CommandLine) -> None:
    assert day
    assert shopfloor.run("rebuild", "--all") == 0, shopfloor.err

    lines = shopfloor.out.decode().splitlines()
    assert [line for line in lines if line.endswith("is current")] == [
        f"{projection.name} v{projection.version} build 2 is current" for projection in READ_MODELS
    ]
    assert sum("0 changed, 0 only before, 0 only after" in line for line in lines) == len(READ_MODELS)


def test_what_cannot_be_rebuilt_is_told_in_one_line(day: str, shopfloor: CommandLine) -> None:
    with psycopg.connect(day) as other:
        other.execute("SELECT pg_advisory_lock(hashtext('shopfloor rebuild zones'))")
        for words, status, told in (
            (("visitors",), 2, "there is no read model 'visitors'; there are absences, alerts, anomalies, "),
            (("zones",), 1, "read model zones is being rebuilt by another process; wait for it"),
            (("visits", "--back"), 1, "read model visits has no build before the current one"),
            (
                ("visits", "--version", "99"),
                1,
                f"this program folds version {VERSION} of read model visits, not version 99",
            ),
        ):
            assert shopfloor.run("rebuild", *words) == status
            assert told in shopfloor.err
            assert len(shopfloor.err.splitlines()) == 1
    for line in ("", "visits --all", "visits --back --dry-run"):
        assert shopfloor.run("rebuild", *line.split()) == 2
