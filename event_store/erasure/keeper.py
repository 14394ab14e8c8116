"""The keeper of the subjects' keys: the one place that encrypts and decrypts for a subject.

Its connection acts in the role `shopfloor_keeper`, which nobody else has. A key is fetched for each use and not kept.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import uuid4

import msgspec
from psycopg import AsyncConnection

from event_store.checkpoints.errors import UnreadableKey
from event_store.erasure.cipher import decrypt, encrypt, make_key
from event_store.erasure.errors import ForgottenSubject, MasterMissing, NoConsent
from event_store.erasure.masters import Masters
from event_store.erasure.subjects import Subject, demands_consent, read_subject
from event_store.events.event import Encrypted

ROLE = "shopfloor_keeper"

_HOLD = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_FORGOTTEN = """
SELECT min(at) FROM (
    SELECT forgotten_at AS at FROM erasure.tombstones WHERE organisation = %(organisation)s AND subject = %(subject)s
    UNION ALL
    SELECT recorded_at FROM record.erasures WHERE organisation = %(organisation)s AND subject = %(subject)s
) AS told
"""
_CONSENT = """
SELECT FROM erasure.consents
WHERE organisation = %(organisation)s AND store = %(store)s AND subject = %(subject)s AND purpose = %(purpose)s
"""
_FIND = (
    "SELECT key_id, wrapped, master FROM erasure.keys WHERE organisation = %(organisation)s AND subject = %(subject)s"
)
_ADD = """
INSERT INTO erasure.keys (organisation, subject, key_id, wrapped, master)
VALUES (%(organisation)s, %(subject)s, %(key_id)s, %(wrapped)s, %(master)s)
"""
_USED = """
UPDATE erasure.keys SET stores = array_append(stores, %(store)s)
WHERE organisation = %(organisation)s AND subject = %(subject)s AND NOT %(store)s = ANY (stores)
"""
_DESTROY = "DELETE FROM erasure.keys WHERE organisation = %(organisation)s AND subject = %(subject)s RETURNING key_id"
_FORGET_CONSENTS = "DELETE FROM erasure.consents WHERE organisation = %(organisation)s AND subject = %(subject)s"
_HOLDERS = """
SELECT organisation, unnest(stores) FROM erasure.keys WHERE subject = %(subject)s
UNION SELECT organisation, unnest(stores) FROM erasure.tombstones WHERE subject = %(subject)s
UNION SELECT organisation, store FROM erasure.consents WHERE subject = %(subject)s
"""
_OWNER = "SELECT organisation, subject FROM erasure.keys WHERE key_id = %s"
_HELD_CONSENTS = """
SELECT store, purpose, given_at FROM erasure.consents
WHERE organisation = %(organisation)s AND subject = %(subject)s ORDER BY store, purpose
"""
_OBEY_REGISTER = """
DELETE FROM erasure.keys k USING record.erasures e WHERE e.organisation = k.organisation AND e.subject = k.subject
"""
_REWRAP = "UPDATE erasure.keys SET wrapped = %s, master = %s WHERE key_id = %s"
_TO_REWRAP = "SELECT organisation, subject, key_id, wrapped, master FROM erasure.keys WHERE master <> %s"


class HeldConsent(msgspec.Struct, frozen=True):
    """A consent that is in force, as ingest remembers it."""

    store: str
    purpose: str
    given_at: datetime


async def find_holders(connection: AsyncConnection[Any], subject: str) -> set[tuple[str, str]]:
    """Return organisation and store of whatever the keeper has of a subject."""
    cursor = await connection.execute(_HOLDERS, {"subject": subject})
    return set(await cursor.fetchall())


async def find_key_id(connection: AsyncConnection[Any], subject: Subject) -> str | None:
    """Return the id of a subject's key, if it has one."""
    row = await (await connection.execute(_FIND, _names(subject))).fetchone()
    return None if row is None else row[0]


async def find_owner(connection: AsyncConnection[Any], key_id: str) -> Subject | None:
    """Return the subject whose key has that id, if the key is there."""
    row = await (await connection.execute(_OWNER, (key_id,))).fetchone()
    return None if row is None else read_subject(*row)


async def find_consents(connection: AsyncConnection[Any], subject: Subject) -> list[HeldConsent]:
    """Return the consents of a subject that are in force."""
    cursor = await connection.execute(_HELD_CONSENTS, _names(subject))
    return [HeldConsent(*row) for row in await cursor.fetchall()]


class Keeper:
    """Makes, uses and destroys the keys of subjects; every step on one subject waits for the others on it."""

    def __init__(self, connection: AsyncConnection[Any], masters: Masters) -> None:
        """The connection commits by itself."""
        self._connection = connection
        self._masters = masters

    @asynccontextmanager
    async def holding(self, subject: Subject) -> AsyncIterator[None]:
        """Keep everybody else from this subject until the transaction ends."""
        async with self._connection.transaction():
            await self._connection.execute(_HOLD, (f"erasure {subject.organisation} {subject}",))
            yield

    async def seal(
        self, subject: Subject, field: str, text: str, *, store: str, purpose: str, agreed: Subject | None = None
    ) -> Encrypted:
        """Encrypt a personal field, such as `SaleRecorded.receipt`, of a fact of a store; makes the key if need be.

        Refuses a subject that was forgotten, and a purpose that demands a consent which `agreed`, or the subject
        itself, has not in force in that store.
        """
        async with self.holding(subject):
            await self.demand_remembered(subject)
            if demands_consent(purpose):
                await self._demand_consent(agreed or subject, store, purpose)
            key_id, key = await self._find(subject) or await self._make(subject)
            await self._connection.execute(_USED, _names(subject) | {"store": store})
        return Encrypted(key_id=key_id, ciphertext=encrypt(key, text.encode(), _bound(subject, field, key_id)))

    async def unseal(self, subject: Subject, field: str, sealed: Encrypted) -> str | None:
        """Decrypt a field; None where its key is not there any longer. Raises `UnreadableCipher`."""
        async with self.holding(subject):
            found = None if await self.forgotten_at(subject) else await self._find(subject)
        if found is None or found[0] != sealed.key_id:
            return None
        about = _bound(subject, field, sealed.key_id)
        return decrypt(found[1], sealed.ciphertext, about, f"{field} of {subject}").decode()

    async def forgotten_at(self, subject: Subject) -> datetime | None:
        """Return when a subject was forgotten, by the tombstone or by the record: a restored backup may lack one."""
        cursor = await self._connection.execute(_FORGOTTEN, _names(subject))
        row = await cursor.fetchone()
        return row[0] if row else None

    async def demand_remembered(self, subject: Subject) -> None:
        """Raise `ForgottenSubject` for one that was forgotten."""
        if (at := await self.forgotten_at(subject)) is not None:
            raise ForgottenSubject(str(subject), at)

    async def destroy(self, subject: Subject) -> list[str]:
        """Destroy a subject's keys and ingest's memory of its consents; return the ids of the keys."""
        await self._connection.execute(_FORGET_CONSENTS, _names(subject))
        cursor = await self._connection.execute(_DESTROY, _names(subject))
        return [key_id for (key_id,) in await cursor.fetchall()]

    async def renew_master(self) -> tuple[int, list[str]]:
        """Wrap every key with a new master key and destroy the older ones; return how many, and what went.

        What is left anywhere of a destroyed key opens with nothing from then on.
        """
        name = self._masters.add()
        async with self._connection.transaction():
            await self._connection.execute("LOCK TABLE erasure.keys IN SHARE ROW EXCLUSIVE MODE")
            await self._connection.execute(_OBEY_REGISTER)
            cursor = await self._connection.execute(_TO_REWRAP, (name,))
            wrapped = [self._rewrapped(name, *row) for row in await cursor.fetchall()]
            async with self._connection.cursor() as many:
                await many.executemany(_REWRAP, wrapped)
        async with self._connection.transaction():
            await self._connection.execute("LOCK TABLE erasure.keys IN SHARE ROW EXCLUSIVE MODE")
            cursor = await self._connection.execute("SELECT DISTINCT master FROM erasure.keys")
            gone = self._masters.destroy_all_but({used for (used,) in await cursor.fetchall()})
        await self.sweep()
        return len(wrapped), gone

    async def sweep(self) -> None:
        """Let PostgreSQL drop the rows of destroyed keys from the table."""
        await self._connection.execute("VACUUM erasure.keys")

    async def _demand_consent(self, subject: Subject, store: str, purpose: str) -> None:
        values = _names(subject) | {"store": store, "purpose": purpose}
        if (await self._connection.execute(_CONSENT, values)).rowcount == 0:
            raise NoConsent(str(subject), purpose)

    async def _find(self, subject: Subject) -> tuple[str, bytes] | None:
        tried = ""
        while True:
            row = await (await self._connection.execute(_FIND, _names(subject))).fetchone()
            if row is None:
                return None
            key_id, wrapped, master = row
            try:
                key = self._masters.read(master)
            except (MasterMissing, UnreadableKey):
                if master == tried:
                    raise
                tried = master  # a renewal may have taken the file since the row was read; then the row has changed
                continue
            about = _wrapping(subject.organisation, str(subject), key_id)
            return key_id, decrypt(key, bytes(wrapped), about, f"the key of {subject}")

    async def _make(self, subject: Subject) -> tuple[str, bytes]:
        await self._connection.execute("LOCK TABLE erasure.keys IN ROW EXCLUSIVE MODE")
        key_id, key = str(uuid4()), make_key()
        name, master = self._masters.newest()  # after the lock, so that no renewal destroys it meanwhile
        wrapped = encrypt(master, key, _wrapping(subject.organisation, str(subject), key_id))
        await self._connection.execute(_ADD, _names(subject) | {"key_id": key_id, "wrapped": wrapped, "master": name})
        return key_id, key

    def _rewrapped(
        self, name: str, organisation: str, subject: str, key_id: str, wrapped: bytes, master: str
    ) -> tuple[bytes, str, str]:
        about = _wrapping(organisation, subject, key_id)
        key = decrypt(self._masters.read(master), bytes(wrapped), about, f"the key of {subject}")
        return encrypt(self._masters.read(name), key, about), name, key_id


def _names(subject: Subject) -> dict[str, object]:
    return {"organisation": subject.organisation, "subject": str(subject)}


def _bound(subject: Subject, field: str, key_id: str) -> bytes:
    """What a field's ciphertext is bound to, so that it opens in no other place."""
    return msgspec.json.encode(["shopfloor-field/1", subject.organisation, str(subject), field, key_id])


def _wrapping(organisation: str, subject: str, key_id: str) -> bytes:
    return msgspec.json.encode(["shopfloor-key/1", organisation, subject, key_id])
