"""Sales that tills send: each becomes a fact once, and what is no sale says why."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import msgspec
import structlog

from event_store.errors import RefusedSale
from event_store.sales import FIELDS, OPTIONAL, Sale, SaleSource, read_sale
from event_store.serialization import encode
from graphql_api.ingest.bodies import read_line
from graphql_api.ingest.errors import RecordUnavailable
from graphql_api.masking import expected
from graphql_api.metrics import Metrics
from graphql_api.snapshots import Database, driver_of
from graphql_api.tokens import Claims
from projections.folding.recent import Recent
from projections.tables.applied_ids import find_applied

log = structlog.get_logger(__name__)

WriteAll = Callable[[Sequence[tuple[str, bytes]]], Awaitable[object]]
"""Appends records as (key, bytes), in order; returns once they are safe."""

MOST_REFUSALS = 1_000
AT_ONCE = 500
"""How many lines are read and written before others have their turn: nobody who asks waits for a large file."""

REMEMBERED = 50_000
"""How many sales that were just written are known before the read models have them."""

PATIENCE_S = 8.0
"""How long a request waits for Kafka, and for those before it."""


class Refusal(msgspec.Struct, frozen=True):
    """A line that was not taken."""

    line: int
    """Its number, the first being 1."""
    reason: str


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the lines."""

    taken: int
    repeated: int
    """Sales that the record, or an earlier line, has."""
    refused: int
    refusals: Sequence[Refusal]
    """The first thousand of them."""


class Till:
    """Takes sales for one server; those of a store are written in the order of their numbers."""

    def __init__(self, database: Database, write: WriteAll, metrics: Metrics, patience_s: float = PATIENCE_S) -> None:
        self._database, self._write, self._metrics = database, write, metrics
        self._patience_s = patience_s
        self._source = SaleSource("api/ingest")
        self._written: Recent[tuple[str, str], None] = Recent(REMEMBERED)
        self._turn = asyncio.Lock()

    async def take(self, lines: Sequence[tuple[int, bytes]], claims: Claims) -> Summary:
        """Tell the record what is new; raises `RecordUnavailable`, and then the same may be sent again."""
        taken, repeated, refusals = 0, 0, list[Refusal]()
        for start in range(0, len(lines), AT_ONCE):
            sales, refused = read_sales(lines[start : start + AT_ONCE], claims)
            new = await self._new_of(sales, claims)
            if new:
                await self._tell(new, claims)
            taken, repeated = taken + len(new), repeated + len(sales) - len(new)
            refusals += refused
            self._metrics.ingested(taken=len(new), repeated=len(sales) - len(new), refused=len(refused))
        return Summary(taken=taken, repeated=repeated, refused=len(refusals), refusals=refusals[:MOST_REFUSALS])

    async def _new_of(self, sales: Sequence[Sale], claims: Claims) -> dict[tuple[str, str], Sale]:
        if not sales:
            await asyncio.sleep(0)
            return {}
        found = {each.fact_id: each for each in reversed(sales)}
        async with self._database.reading(claims) as connection:
            known = await find_applied(driver_of(connection), list(found))
        return {
            fact_id: sale
            for fact_id, sale in reversed(found.items())
            if fact_id not in known and fact_id not in self._written
        }

    async def _tell(self, new: dict[tuple[str, str], Sale], claims: Claims) -> None:
        try:
            async with asyncio.timeout(self._patience_s), self._turn:
                try:
                    told = self._source.envelopes([*new.values()], f"api/{claims.name}")
                    await self._write([(each.key, encode(each)) for each in told])
                except BaseException:
                    self._source.begin_again()
                    raise
        except Exception as problem:
            if expected(problem) is None:
                raise
            log.warning("sales cannot be written", problem=" ".join(str(problem).split())[:200])
            raise RecordUnavailable("Kafka") from problem
        for fact_id in new:
            self._written[fact_id] = None


def read_sales(lines: Sequence[tuple[int, bytes]], claims: Claims) -> tuple[list[Sale], list[Refusal]]:
    """Return the sales that a token may tell, and why the other lines are none."""
    sales, refusals = [], []
    for number, line in lines:
        try:
            sales.append(_read(line, claims))
        except (RefusedSale, ValueError) as refusal:
            refusals.append(Refusal(number, str(refusal)))
    return sales, refusals


def _read(line: bytes, claims: Claims) -> Sale:
    said = read_line(line)
    if unknown := said.keys() - {*FIELDS, *OPTIONAL}:
        raise ValueError(f"{min(unknown)!r} is none of {', '.join((*FIELDS, *OPTIONAL))}")
    sale = read_sale(said)
    if not claims.may_see(sale.organisation, sale.store):
        raise RefusedSale("store", f"this token may not tell sales of {sale.key}")
    return sale
