"""Who is told what: subscriptions, as PostgreSQL keeps them. Their secrets are encrypted under a key in a file."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row

from event_store.erasure.cipher import decrypt, encrypt
from event_store.erasure.masters import Masters
from event_store.events import FACTS
from event_store.progress import LIVE
from event_store.serialization import is_place
from event_store.webhooks import Reach, make_secret, read_secret
from event_store.webhooks.addresses import demand_reachable
from projections.webhooks.errors import NoSuchSubscription, TooManyStores, UnknownType, UnusablePlace

ROLE = "shopfloor_dispatcher"

MOST_STORES = 1_000
"""Of one subscription."""

TYPES = {name.split(".")[1]: name for name in FACTS}
"""Facts by their names, with the type that the record says."""

_COLUMNS = """
id, organisation, stores, types, address, state, trouble, created_at, last_sequence, failures, failing_since,
paused_until, proven_at
"""
_CREATE = """
INSERT INTO webhooks.subscriptions (id, organisation, stores, types, address, secret, master)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
_BEGIN = """
INSERT INTO webhooks.places (subscription, topic, partition, next_offset)
SELECT %s, topic, partition, next_offset FROM record.checkpoints WHERE name = %s AND topic = %s
"""
_LIST = f"SELECT {_COLUMNS} FROM webhooks.subscriptions ORDER BY created_at, id"  # noqa: S608  # no value in it
_FIND = f"SELECT {_COLUMNS} FROM webhooks.subscriptions WHERE id = %s"  # noqa: S608  # no value in it
_PAGE = f"""
SELECT {_COLUMNS} FROM webhooks.subscriptions WHERE organisation = %s AND (%s::text[] IS NULL OR stores <@ %s)
    AND (%s::text IS NULL OR id > %s) ORDER BY id LIMIT %s
"""  # noqa: S608  # no value in it
_SECRET = "SELECT secret, master FROM webhooks.subscriptions WHERE id = %s"  # noqa: S105  # a column's name
_DISABLE = "UPDATE webhooks.subscriptions SET state = 'disabled', trouble = %s WHERE id = %s"
_ENABLE = """
UPDATE webhooks.subscriptions SET state = CASE WHEN proven_at IS NULL THEN 'unproven' ELSE 'active' END,
    trouble = NULL, failures = 0, failing_since = NULL, paused_until = now()
WHERE id = %s
"""


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is told of facts."""

    id: str
    organisation: str
    stores: Sequence[str] | None
    """Names of its stores; null is all of them."""
    types: Sequence[str] | None
    """Names of facts; null is all of them."""
    address: str
    state: str
    """`unproven` until its receiver has answered a challenge, `active`, or `disabled`."""
    trouble: str | None
    created_at: datetime
    last_sequence: int
    failures: int
    """How many attempts failed in a row."""
    failing_since: datetime | None
    paused_until: datetime
    proven_at: datetime | None

    def wants(self, organisation: str, store: str, fact: str) -> bool:
        """Tell whether it is told of a fact."""
        if organisation != self.organisation or not (self.stores is None or store in self.stores):
            return False
        return self.types is None or fact in self.types


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asks to be told of, and where."""

    organisation: str
    stores: Collection[str] | None
    types: Collection[str] | None
    address: str


async def demand_usable(wanted: Wanted, reach: Reach) -> None:
    """Raise `UnsafeAddress`, `ForbiddenHost` or a `SubscriptionError` for what cannot be subscribed to."""
    for each in wanted.types or ():
        if each not in TYPES:
            raise UnknownType(each, TYPES)
    for place in (wanted.organisation, *(wanted.stores or ())):
        if not is_place(place):
            raise UnusablePlace(place)
    if len(wanted.stores or ()) > MOST_STORES:
        raise TooManyStores(MOST_STORES)
    await asyncio.to_thread(demand_reachable, wanted.address, reach)  # its host is looked up, which may take long


async def keep(connection: AsyncConnection[Any], masters: Masters, topic: str, wanted: Wanted) -> tuple[str, str]:
    """Begin a usable subscription with the next fact; return its id and its secret, which nobody is shown again."""
    name, secret = f"sub_{uuid4().hex}", make_secret()
    master, key = masters.newest()
    sealed = encrypt(key, read_secret(secret), name.encode())
    stores, types = (None if each is None else sorted(set(each)) for each in (wanted.stores, wanted.types))
    async with connection.transaction():
        await connection.execute(_CREATE, (name, wanted.organisation, stores, types, wanted.address, sealed, master))
        await connection.execute(_BEGIN, (name, LIVE, topic))
    return name, secret


async def create(
    connection: AsyncConnection[Any], masters: Masters, topic: str, wanted: Wanted, reach: Reach
) -> tuple[str, str]:
    """Do both: see `demand_usable` and `keep`."""
    await demand_usable(wanted, reach)
    return await keep(connection, masters, topic, wanted)


async def find_subscriptions(connection: AsyncConnection[Any]) -> list[Subscription]:
    """Return every subscription, oldest first."""
    async with connection.cursor(row_factory=class_row(Subscription)) as cursor:
        return await (await cursor.execute(_LIST)).fetchall()


async def find_page(
    connection: AsyncConnection[Any], organisation: str, within: Sequence[str] | None, most: int, after: str | None
) -> list[Subscription]:
    """Return an organisation's subscriptions by id: all of them, or those of nothing but the stores `within`."""
    values = (organisation, within, within, after, after, most)
    async with connection.cursor(row_factory=class_row(Subscription)) as cursor:
        return await (await cursor.execute(_PAGE, values)).fetchall()


async def find_subscription(connection: AsyncConnection[Any], name: str) -> Subscription:
    """Return one; raises `NoSuchSubscription`."""
    async with connection.cursor(row_factory=class_row(Subscription)) as cursor:
        found = await (await cursor.execute(_FIND, (name,))).fetchone()
    if found is None:
        raise NoSuchSubscription(name)
    return found


async def find_secret(connection: AsyncConnection[Any], masters: Masters, name: str) -> bytes:
    """Return what signs its messages; raises `NoSuchSubscription` and what `Masters.read` does."""
    row = await (await connection.execute(_SECRET, (name,))).fetchone()
    if row is None:
        raise NoSuchSubscription(name)
    return decrypt(masters.read(row[1]), bytes(row[0]), name.encode(), f"the secret of {name}")


async def disable(connection: AsyncConnection[Any], name: str, why: str) -> None:
    """Send nothing more until it is enabled; what it has not got waits. Raises `NoSuchSubscription`."""
    await _change(connection, _DISABLE, (why, name), name)


async def enable(connection: AsyncConnection[Any], name: str) -> None:
    """Go on where it stopped; raises `NoSuchSubscription`."""
    await _change(connection, _ENABLE, (name,), name)


async def _change(connection: AsyncConnection[Any], text: str, values: tuple[object, ...], name: str) -> None:
    if (await connection.execute(text, values)).rowcount == 0:
        raise NoSuchSubscription(name)
