"""What read models hold about a profile: while a consent is in force, and nothing once it is forgotten."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from event_store.events.consents import ConsentGiven, ConsentWithdrawn
from event_store.events.erasures import SubjectForgotten
from event_store.events.event import Encrypted
from projections.catalogue import READ_MODELS
from tests.builders.forgetting import logs
from tests.builders.logs import Log
from tests.builders.records import MINUTE, NOON
from tests.builders.tallies import Takings, ask, dispositions

pytestmark = pytest.mark.postgres

PROFILE = "3b0c9a52-6a1b-4c7d-9f0e-2b8f6f6e9d42"
WORDS = Encrypted(key_id="k", ciphertext=bytes(40))
CONSENTS = (
    "SELECT withdrawn_at, concerns IS NULL, statement IS NULL FROM consents_v1.consents "
    "WHERE store = '{}' ORDER BY purpose"
)
GONE = SubjectForgotten(forgotten=f"profile/{PROFILE}", ground="requested", keys=1, pictures=0)


@pytest.fixture
async def takings(projected_database: str) -> AsyncIterator[Takings]:
    takings = Takings(projected_database, READ_MODELS)
    yield takings
    await takings.close()


def consent(**told: Any) -> ConsentGiven:
    given: dict[str, Any] = {"profile_id": PROFILE, "purpose": "loyalty", "concerns": WORDS, "statement": WORDS}
    return ConsentGiven(**given | told)


def consents(takings: Takings, log: Log) -> list[Any]:
    return ask(takings.database, CONSENTS.format(log.store.partition("/")[2]))


async def test_personal_columns_are_held_while_a_consent_is_in_force(takings: Takings) -> None:
    for batch, log in zip((1, 100), logs(), strict=False):
        await takings.take(log.add(consent(), consent(purpose="marketing", concerns=None)), batch=batch)
        assert consents(takings, log) == [(None, False, False), (None, True, False)]

        log.add(ConsentWithdrawn(time=NOON + MINUTE, profile_id=PROFILE, purpose="loyalty"))
        await takings.take(log, batch=batch)
        assert consents(takings, log) == [(NOON + MINUTE, True, True), (None, True, False)]

        await takings.take(log.add(consent(time=NOON + 2 * MINUTE)), batch=batch)
        assert consents(takings, log)[0] == (None, False, False)


async def test_nothing_is_held_about_a_forgotten_profile_whatever_comes_late(takings: Takings) -> None:
    log = Log().add(consent(), GONE, consent(purpose="marketing"), ConsentWithdrawn(profile_id=PROFILE, purpose="x"))

    await takings.take(log, batch=2)

    assert consents(takings, log) == []
    assert dispositions(takings.database) == ["applied"] * 4


async def test_what_is_sent_again_about_a_forgotten_profile_is_a_duplicate(takings: Takings) -> None:
    batches = (1, 2, 100)
    for batch, log in zip(batches, logs(), strict=False):
        late = consent(purpose="marketing")
        await takings.take(log.add(consent(), GONE, late).again(0).again(2).again(2), batch=batch)

    assert dispositions(takings.database) == (["applied"] * 3 + ["duplicate"] * 3) * len(batches)
