"""Checks of who watches: does each camera have a worker that speaks, and do processes stay up."""

import asyncio
from collections.abc import Iterable
from itertools import groupby

from sqlalchemy.exc import SQLAlchemyError

from event_store.errors import ShopfloorError
from infra.deciding import asking
from infra.health.finding import Finding, broken, doubtful, well
from infra.health.record import START
from infra.settings import Settings
from infra.supervision.restarts import read_restarts, troubles_of
from projections.read_models.watches import Silence, find_silences
from projections.tables.versions import current_schemas


def check_workers(settings: Settings) -> Finding:
    """Look for cameras of which nobody says how they are."""
    if settings.database is None:
        return doubtful("workers", "not known", START)
    try:
        silences = asyncio.run(_silences(settings.database_url()))
    except (SQLAlchemyError, ShopfloorError) as problem:
        return broken("workers", " ".join(str(problem).split()), "mend PostgreSQL first, or start a projector")
    silent = [each for each in silences if not each.stopped]
    if silent:
        cure = "start `shopfloor worker` again; its log says why it ended. If it runs, see whether it reaches Kafka"
        return broken("workers", _told(silent, "is not heard of since"), cure)
    if silences:
        return doubtful("workers", _told(silences, "stopped at"), "start `shopfloor worker`, unless that is meant")
    return well("workers", "each camera that was ever watched has a worker that speaks, or its recording is over")


def check_processes(settings: Settings) -> Finding:
    """Look at whether a process that is supervised here dies again and again."""
    processes = read_restarts(settings.data)
    if not processes:
        return well("processes", "none are supervised in this data folder")
    if troubles := troubles_of(processes):
        return broken("processes", "; ".join(troubles), f"read {settings.data / 'logs'}, and mend what it says there")
    restarts = ", ".join(f"{each.name} {each.deaths}" for each in processes if each.deaths)
    return well("processes", f"{len(processes)} supervised, started again: {restarts or 'none'}")


async def _silences(url: str) -> list[Silence]:
    async with asking(url) as connection:
        mapped = await connection.execution_options(schema_translate_map=await current_schemas(connection))
        return list(await find_silences(mapped))


def _told(silences: Iterable[Silence], what: str) -> str:
    lines = []
    for (worker, organisation, store), group in groupby(silences, lambda each: (each.worker, *_store(each))):
        cameras = list(group)
        names = ", ".join(each.camera_id for each in cameras)
        since = min(each.since for each in cameras)
        lines.append(
            f"worker {worker} of {organisation}/{store} {what} {since:%Y-%m-%d %H:%M:%S}Z: nobody watches {names}"
        )
    return "; ".join(lines)


def _store(silence: Silence) -> tuple[str, str]:
    return silence.organisation, silence.store
