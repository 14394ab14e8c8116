"""Consent given and withdrawn: what ingest remembers of it, and the facts that tell it to everybody else."""

from typing import Any

from psycopg import AsyncConnection

from event_store.envelope import Position
from event_store.erasure.errors import NoConsent
from event_store.erasure.keeper import Keeper
from event_store.erasure.subjects import Subject, demands_consent
from event_store.erasure.telling import Write, now, put, send_waiting
from event_store.events.consents import ConsentGiven, ConsentWithdrawn
from event_store.events.event import Encrypted

STATEMENT = "ConsentGiven.statement"
CONCERNS = "ConsentGiven.concerns"
PROOF = "legal_obligation"
"""What a consent's own words are kept for: to be able to show that it was given."""

_REMEMBER = """
INSERT INTO erasure.consents (organisation, store, subject, purpose, given_at) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (organisation, subject, store, purpose) DO UPDATE SET given_at = excluded.given_at
"""
_WITHDRAW = """
DELETE FROM erasure.consents WHERE organisation = %s AND store = %s AND subject = %s AND purpose = %s
"""


class Consents:
    """Gives and withdraws the consents of profiles in one store; GraphQL's mutations will ask here, too."""

    def __init__(self, connection: AsyncConnection[Any], keeper: Keeper, write: Write, *, actor: str) -> None:
        """The connection is the keeper's."""
        self._connection = connection
        self._keeper = keeper
        self._write = write
        self._actor = actor

    async def give(
        self,
        profile: Subject,
        store: str,
        purpose: str,
        *,
        concerns: Subject | None = None,
        statement: str | None = None,
    ) -> Position | None:
        """Record a consent, which is in force from now on; raises `ForgottenSubject`."""
        demands_consent(purpose)
        async with self._keeper.holding(profile):
            await self._keeper.demand_remembered(profile)
            fact = ConsentGiven(
                time=now(),
                profile_id=profile.id,
                purpose=purpose,
                concerns=await self._seal(profile, store, CONCERNS, None if concerns is None else str(concerns)),
                statement=await self._seal(profile, store, STATEMENT, statement),
            )
            await self._connection.execute(_REMEMBER, (profile.organisation, store, str(profile), purpose, fact.time))
            event_id = await self._put(fact, profile, store)
        return (await send_waiting(self._connection, self._write)).get(event_id)

    async def withdraw(self, profile: Subject, store: str, purpose: str) -> Position | None:
        """Record that a consent is taken back; raises `NoConsent` where none is in force."""
        demands_consent(purpose)
        async with self._keeper.holding(profile):
            await self._keeper.demand_remembered(profile)
            cursor = await self._connection.execute(_WITHDRAW, (profile.organisation, store, str(profile), purpose))
            if cursor.rowcount == 0:
                raise NoConsent(str(profile), purpose)
            event_id = await self._put(
                ConsentWithdrawn(time=now(), profile_id=profile.id, purpose=purpose), profile, store
            )
        return (await send_waiting(self._connection, self._write)).get(event_id)

    async def _seal(self, profile: Subject, store: str, field: str, text: str | None) -> Encrypted | None:
        return None if text is None else await self._keeper.seal(profile, field, text, store=store, purpose=PROOF)

    async def _put(self, fact: ConsentGiven | ConsentWithdrawn, profile: Subject, store: str) -> str:
        return await put(self._connection, fact, organisation=profile.organisation, store=store, actor=self._actor)
