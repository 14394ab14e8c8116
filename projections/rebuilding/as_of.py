"""Questions about read models as they stood: the ledger folded up to there into tables that are gone afterwards."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import psycopg
from psycopg import AsyncConnection, sql

from event_store.database import connect, is_outage, outages_told
from event_store.replay import Place
from event_store.sealing.extents import Extent
from projections.errors import QueryRefused, QueryTooLong
from projections.folding.projection import Projection
from projections.rebuilding.filling import Filling, Progress, Stretch
from projections.tables.model_table import Digest, ModelTable
from projections.tables.read_model import PROJECTOR_ROLE
from projections.tables.scratch import AUDITOR_ROLE, scratch_tables

_FUNCTION = """
CREATE FUNCTION {schema}.answer(question text, most bigint) RETURNS SETOF text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = {schema}, pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY EXECUTE format(E'SELECT row_to_json(answer)::text FROM (%s\\n) answer LIMIT %s', question, most);
END $$
"""
"""Owned by a role that may read the scratch tables only, and nobody changes roles within such a function."""

_WORD = re.compile(r"\w+")


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One SELECT over read models by their names."""

    query: str
    most_rows: int = 1_000
    timeout_s: float = 30.0


class ModelState(msgspec.Struct, frozen=True, kw_only=True):
    """A read model that was folded for the question."""

    name: str
    version: int
    digest: Digest


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of an answer, each as JSON with its columns in order, and what they rest on."""

    rows: Sequence[msgspec.Raw]
    is_cut: bool
    """Whether there are more rows than were asked for."""
    models: Sequence[ModelState]
    record: Sequence[Extent]


def named_in(query: str, projections: Sequence[Projection[Any]]) -> list[Projection[Any]]:
    """Return the read models whose names stand in a query."""
    words = set(_WORD.findall(query.lower()))
    return [each for each in projections if each.name in words]


async def ask_as_of(
    database: str,
    projections: Sequence[Projection[Any]],
    extents: Sequence[Extent],
    question: Question,
    progress: Progress = lambda _: None,
) -> Answer:
    """Fold what the query names up to the extents, and answer it; raises `QueryRefused` and `QueryTooLong`."""
    async with (
        await connect(database, PROJECTOR_ROLE) as connection,
        scratch_tables(connection, named_in(question.query, projections)) as (schema, tables),
    ):
        for extent in extents if tables else ():
            place = Place(extent.topic, extent.partition)
            filling, stretch = (
                Filling(tables, knows="what was read"),
                Stretch(place=place, start=0, end=extent.next_offset),
            )
            await filling.fill(connection, stretch, progress)
        async with _asking(connection, database, schema) as auditor:
            rows = await _ask(auditor, schema, question)
        models = [await _state(connection, table) for table in tables]
    most = question.most_rows
    return Answer(
        rows=[msgspec.Raw(row.encode()) for row in rows[:most]],
        is_cut=len(rows) > most,
        models=models,
        record=extents,
    )


async def _state(connection: AsyncConnection[Any], table: ModelTable) -> ModelState:
    projection = table.projection
    async with connection.transaction():
        digest = await table.digest(connection)
    return ModelState(name=projection.name, version=projection.version, digest=digest)


@asynccontextmanager
async def _asking(connection: AsyncConnection[Any], database: str, schema: str) -> AsyncIterator[AsyncConnection[Any]]:
    """Yield a connection in the auditor's role, whose function answers from the scratch tables."""
    named = {"schema": sql.Identifier(schema), "auditor": sql.Identifier(AUDITOR_ROLE)}
    await connection.execute(sql.SQL("GRANT USAGE, CREATE ON SCHEMA {schema} TO {auditor}").format(**named))
    await connection.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {auditor}").format(**named))
    async with await connect(database, AUDITOR_ROLE) as auditor:
        await auditor.execute(sql.SQL(_FUNCTION).format(**named))
        await connection.execute(sql.SQL("REVOKE CREATE ON SCHEMA {schema} FROM {auditor}").format(**named))
        yield auditor


async def _ask(auditor: AsyncConnection[Any], schema: str, question: Question) -> list[str]:
    """Run the query read-only, and take nothing of it back but its rows."""
    call = sql.SQL("SELECT row FROM {}.answer(%s, %s) AS row LIMIT %s").format(sql.Identifier(schema))
    query, most = question.query.strip().rstrip(";"), question.most_rows + 1
    timeout_ms = max(1, round(question.timeout_s * 1000))
    with outages_told():
        try:
            async with auditor.transaction(force_rollback=True):
                await auditor.execute("SET TRANSACTION READ ONLY")
                await auditor.execute(sql.SQL("SET LOCAL statement_timeout = {}").format(timeout_ms))
                cursor = await auditor.execute(call, (query, most, most))
                return [row for (row,) in await cursor.fetchall()]
        except psycopg.errors.QueryCanceled as problem:
            raise QueryTooLong(question.timeout_s) from problem
        except psycopg.Error as problem:
            if is_outage(problem):
                raise
            raise QueryRefused(problem.diag.message_primary or str(problem)) from problem
