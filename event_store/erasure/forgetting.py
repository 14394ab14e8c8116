"""Forgetting a subject: key, pictures, and the fact that tells it. Safe to repeat after a crash at any point.

First, in one transaction, the tombstone is set and the key destroyed: from then on nothing can be decrypted and no new
key is made. Then the pictures go, and last the fact is told. Whatever is interrupted is finished by the same command.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, cast

import msgspec
from psycopg import AsyncConnection

from event_store.envelope import Position
from event_store.erasure.errors import UnknownSubject
from event_store.erasure.evidence import Evidence
from event_store.erasure.keeper import Keeper
from event_store.erasure.subjects import Subject
from event_store.erasure.telling import Write, now, put, send_waiting
from event_store.events.erasures import Ground, SubjectForgotten

_FIND = """
SELECT ground, stores, key_ids, pictures, forgotten_at, told FROM erasure.tombstones
WHERE organisation = %s AND subject = %s
"""
_SET = """
INSERT INTO erasure.tombstones (organisation, subject, ground, stores, key_ids, forgotten_at)
VALUES (%s, %s, %s, %s, %s, %s)
"""
_FURTHER = "UPDATE erasure.tombstones SET stores = %s WHERE organisation = %s AND subject = %s"
_COUNTED = "UPDATE erasure.tombstones SET pictures = %s WHERE organisation = %s AND subject = %s"
_TOLD = "UPDATE erasure.tombstones SET told = true WHERE organisation = %s AND subject = %s"
_USED_IN = "SELECT unnest(stores) FROM erasure.keys WHERE organisation = %s AND subject = %s"
_AGREED_IN = "SELECT DISTINCT store FROM erasure.consents WHERE organisation = %s AND subject = %s"


class Tombstone(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a subject with the keeper."""

    ground: Ground
    stores: Sequence[str]
    """Where it is told that the subject is forgotten."""
    key_ids: Sequence[str]
    """Of the destroyed keys; an id opens nothing."""
    pictures: int | None
    """How many were removed; None until they have been counted."""
    forgotten_at: datetime
    told: bool


class Forgotten(msgspec.Struct, frozen=True, kw_only=True):
    """What forgetting a subject came to."""

    tombstone: Tombstone
    before: bool
    """Whether it had been forgotten and told already."""
    late_pictures: int
    """Found and removed since."""
    positions: Sequence[Position]


async def find_tombstone(connection: AsyncConnection[Any], subject: Subject) -> Tombstone | None:
    """Return what is left of a subject that is forgotten, or being forgotten."""
    row = await (await connection.execute(_FIND, _key(subject))).fetchone()
    return None if row is None else Tombstone(**dict(zip(Tombstone.__struct_fields__, row, strict=True)))


class Forgetting:
    """Forgets subjects, one at a time."""

    def __init__(
        self, connection: AsyncConnection[Any], keeper: Keeper, evidence: Evidence, write: Write, *, actor: str
    ) -> None:
        """The connection is the keeper's."""
        self._connection = connection
        self._keeper = keeper
        self._evidence = evidence
        self._write = write
        self._actor = actor

    async def forget(self, subject: Subject, ground: Ground, *, known_in: Collection[str]) -> Forgotten:
        """Forget a subject that is known in these stores and wherever its key was used; raises `UnknownSubject`.

        One that was forgotten before stays so on its first ground; pictures that came since are removed, and stores
        that know it since, or were not found then, are told.
        """
        tombstone = await self._bury(subject, ground, known_in)
        await self._keeper.sweep()
        if tombstone.told:
            late = self._evidence.set_aside(subject)
            self._evidence.remove(subject)
            sent = await send_waiting(self._connection, self._write)
            return Forgotten(tombstone=tombstone, before=True, late_pictures=late, positions=list(sent.values()))
        tombstone = await self._remove_pictures(subject, tombstone)
        event_ids = await self._tell(subject, tombstone)
        sent = await send_waiting(self._connection, self._write)
        positions = [sent[event_id] for event_id in event_ids if event_id in sent]
        tombstone = msgspec.structs.replace(tombstone, told=True)
        return Forgotten(tombstone=tombstone, before=False, late_pictures=0, positions=positions)

    async def _bury(self, subject: Subject, ground: Ground, known_in: Collection[str]) -> Tombstone:
        async with self._keeper.holding(subject):
            found = await find_tombstone(self._connection, subject)
            stores = {*known_in, *await self._stores(subject)}
            key_ids = await self._keeper.destroy(subject)  # also one that a restored backup brought back
            if found is not None:
                return await self._further(subject, found, stores)
            if not stores and not self._evidence.pictures(subject):
                raise UnknownSubject(str(subject))
            stores |= self._evidence.stores(subject)
            values = (*_key(subject), ground, sorted(stores), key_ids, now())
            await self._connection.execute(_SET, values)
            return cast("Tombstone", await find_tombstone(self._connection, subject))

    async def _further(self, subject: Subject, found: Tombstone, stores: set[str]) -> Tombstone:
        """Add stores to a tombstone; those that it told already are not told again."""
        new = sorted(stores - {*found.stores})
        if not new:
            return found
        further = msgspec.structs.replace(found, stores=[*found.stores, *new])
        await self._connection.execute(_FURTHER, (further.stores, *_key(subject)))
        if found.told:
            await self._put(subject, found, new)
        return further

    async def _stores(self, subject: Subject) -> set[str]:
        found = set()
        for statement in (_USED_IN, _AGREED_IN):
            cursor = await self._connection.execute(statement, _key(subject))
            found |= {store for (store,) in await cursor.fetchall()}
        return found

    async def _remove_pictures(self, subject: Subject, tombstone: Tombstone) -> Tombstone:
        count = self._evidence.set_aside(subject)
        if tombstone.pictures is None:
            await self._connection.execute(_COUNTED, (count, *_key(subject)))
            tombstone = msgspec.structs.replace(tombstone, pictures=count)
        self._evidence.remove(subject)
        return tombstone

    async def _tell(self, subject: Subject, tombstone: Tombstone) -> list[str]:
        async with self._keeper.holding(subject):
            found = await find_tombstone(self._connection, subject)
            if found is not None and found.told:
                return []
            await self._connection.execute(_TOLD, _key(subject))
            return await self._put(subject, tombstone, tombstone.stores)

    async def _put(self, subject: Subject, tombstone: Tombstone, stores: Sequence[str]) -> list[str]:
        fact = SubjectForgotten(
            time=tombstone.forgotten_at,
            forgotten=str(subject),
            ground=tombstone.ground,
            keys=len(tombstone.key_ids),
            pictures=tombstone.pictures or 0,
        )
        return [
            await put(self._connection, fact, organisation=subject.organisation, store=store, actor=self._actor)
            for store in stores
        ]


def _key(subject: Subject) -> tuple[str, str]:
    return subject.organisation, str(subject)
