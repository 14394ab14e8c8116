"""What was answered under an idempotency key: whoever sends the same again gets the same answer, for a day."""

import hashlib
import re
from datetime import timedelta

from psycopg import AsyncConnection

from graphql_api.errors import UnusableArgument
from graphql_api.ingest.errors import IngestKeyReused
from graphql_api.snapshots import Database, driver_of
from graphql_api.tokens import Claims

KEY = re.compile(r"[A-Za-z0-9._-]{8,128}")
KEPT = timedelta(days=1)

_FIND = "SELECT body_digest, answer FROM record.ingests WHERE token = %s AND key = %s"
_FORGET = "DELETE FROM record.ingests WHERE created_at < now() - %s"
_KEEP = """
INSERT INTO record.ingests (token, key, body_digest, answer) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING
"""


class Answered:
    """The answers of one server's database, each token's own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, claims: Claims, key: str | None, body: bytes) -> bytes | None:
        """Return what was answered to a body under a key; raises `IngestKeyReused` where it stood for another."""
        if key is None:
            return None
        if not KEY.fullmatch(key):
            raise UnusableArgument("the idempotency key must be 8 to 128 letters, digits, dots, dashes or underscores")
        async with self._database.reading(claims) as connection:
            found = await _find(driver_of(connection), claims.name, key)
        if found is None:
            return None
        digest, answer = found
        if digest != hashlib.sha256(body).digest():
            raise IngestKeyReused(key)
        return answer

    async def keep(self, claims: Claims, key: str | None, body: bytes, answer: bytes) -> None:
        """Keep an answer, unless the same was sent twice at once and is answered already."""
        if key is None:
            return
        async with self._database.writing(claims) as connection:
            driver = driver_of(connection)
            await driver.execute(_FORGET, (KEPT,))
            await driver.execute(_KEEP, (claims.name, key, hashlib.sha256(body).digest(), answer))


async def _find(driver: "AsyncConnection[tuple[bytes, bytes]]", token: str, key: str) -> tuple[bytes, bytes] | None:
    found = await (await driver.execute(_FIND, (token, key))).fetchone()
    return None if found is None else (bytes(found[0]), bytes(found[1]))
