"""A heat map of a long day: how long PostgreSQL takes to sum it up."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import dist
from random import Random
from statistics import median
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from event_store.database import connect, sqlalchemy_url
from event_store.envelope import Envelope, Position, RecordedEvent
from event_store.events.event import Event
from event_store.layout.geometry import XY
from event_store.layout.grid import floor_grid
from event_store.layout.model import Camera, Layout, Store
from infra.bench.bench import Bench
from infra.bench.figures import Aim, Figure, Results, Run, Spread
from projections.folding.folding import fold_all
from projections.folding.rows import Changes
from projections.read_models.heatmaps import CellRow, HeatMaps, Hours, used_cells
from projections.rebuilding.rebuild import prepare
from projections.scope import StoreKey
from projections.tables.model_table import ROWS_AT_ONCE, ModelTable
from projections.tables.read_model import API_ROLE, ORGANISATIONS_SETTING, PROJECTOR_ROLE
from vision_workers.runs import Run as WorkerRun
from vision_workers.watchers.heatmaps import HeatMap
from vision_workers.watchers.site import StoreSite

FLOOR_M = (40.0, 30.0)
PEOPLE = 30
WALK_M_PER_S = 0.8
LONGEST_STOP_S = 60.0
STEP_S = 0.5
OPENED = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
ASKED = 30
KEY = StoreKey("acme", "floor")
HOW = (
    f"a floor of {FLOOR_M[0]:g} x {FLOOR_M[1]:g} m in half metres, {PEOPLE} people who walk from place to place "
    "and stop, two positions a second of each, counted by the worker's watcher; the question in the API's role, "
    f"planning and execution as PostgreSQL tells them, median of {ASKED}"
)


def measure(bench: Bench) -> Results:
    """Let people walk for a day, put what is counted into the read model, and ask for the whole day."""
    hours = bench.size(16, 2)
    layout = Layout(
        store=Store(id=KEY.store, organisation=KEY.organisation, name="Floor", time_zone="UTC", floor=FLOOR_M),
        camera=[Camera(id="above")],
    )
    bench.say(f"{PEOPLE} people walk for {hours} hours")
    facts = list(_walked(layout, hours, Random(bench.seed)))  # noqa: S311  # inputs that can be had again
    rows = fold_all(HeatMaps(), map(_recorded, facts))
    database = bench.database()
    values = asyncio.run(_measure(database, layout, list(rows.items()), hours, bench))
    bench.drop(database)
    what = f"Heat map of a {hours}-hour day of {PEOPLE} people ({len(rows):,} rows)"
    figure = Figure(what=what, value=Spread.of(values), unit="ms", aim=Aim(limit=20.0, bound="at most"), how=HOW)
    runs = [Run(contender=what, round=number, value=value, unit="ms") for number, value in enumerate(values, 1)]
    return Results(figures=[figure], runs=runs)


def _walked(layout: Layout, hours: int, chance: Random) -> Iterator[Event]:
    counted = HeatMap(StoreSite(layout=layout, cameras=("above",), run=WorkerRun(b"bench")))
    walkers = [_walker(chance) for _ in range(PEOPLE)]
    for step in range(round(hours * 3600 / STEP_S)):
        now = OPENED + step * timedelta(seconds=STEP_S)
        visit = step // round(600 / STEP_S)  # another visit every ten minutes
        for number, walker in enumerate(walkers):
            counted.see("", f"{number}-{visit}", next(walker), now)
        yield from counted.observe("above", now, ())
    yield from counted.finish()


def _walker(chance: Random) -> Iterator[XY]:
    """Yield where somebody is every half second, for ever."""
    at = goal = (0.0, 0.0)
    while True:
        for _ in range(round(chance.uniform(0.0, LONGEST_STOP_S) / STEP_S)):
            yield at
        goal = (chance.uniform(0.0, FLOOR_M[0]), chance.uniform(0.0, FLOOR_M[1]))
        while (left := dist(at, goal)) > WALK_M_PER_S * STEP_S:
            share = WALK_M_PER_S * STEP_S / left
            at = (at[0] + share * (goal[0] - at[0]), at[1] + share * (goal[1] - at[1]))
            yield at


def _recorded(event: Event) -> RecordedEvent:
    envelope = Envelope(
        id="",
        source="/acme/floor/heatmap/bench",
        sequence=1,
        organisation=KEY.organisation,
        store=KEY.store,
        actor="worker/bench",
        event=event,
    )
    return RecordedEvent(position=Position(topic="", partition=0, offset=0), recorded_at=event.time, envelope=envelope)


async def _measure(database: str, layout: Layout, rows: Changes[CellRow], hours: int, bench: Bench) -> list[float]:
    connection = await connect(database, PROJECTOR_ROLE)
    await prepare(connection, [HeatMaps()])
    table = ModelTable(HeatMaps(), HeatMaps.table.schema or "")
    for first in range(0, len(rows), ROWS_AT_ONCE):
        statement = table.insertion(rows[first : first + ROWS_AT_ONCE])
        await connection.execute(statement.text, statement.parameters)
    await connection.execute(f"ANALYZE {HeatMaps.table.schema}.{HeatMaps.table.name}")
    await connection.close()
    engine = create_async_engine(sqlalchemy_url(database), isolation_level="AUTOCOMMIT")
    async with engine.connect() as asking:
        await asking.execute(text(f"SET ROLE {API_ROLE}"))
        await asking.execute(text(f"SET {ORGANISATIONS_SETTING} = '{KEY.organisation}'"))
        values = [await _ask(asking, layout, hours) for _ in range(bench.rounds)]
    await engine.dispose()
    return values


async def _ask(connection: AsyncConnection, layout: Layout, hours: int) -> float:
    within, grid = Hours(OPENED, OPENED + hours * timedelta(hours=1), ZoneInfo("UTC")), floor_grid(layout)
    if grid is None:
        raise RuntimeError("the bench's floor has a size")
    statement = used_cells(KEY, within, grid, "stay_ms").compile(
        dialect=connection.dialect, compile_kwargs={"literal_binds": True}
    )
    explained = text("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) " + str(statement).replace(":", r"\:"))
    taken: list[float] = []
    for _ in range(ASKED):
        (plan,) = (await connection.execute(explained)).scalar_one()
        taken.append(plan["Planning Time"] + plan["Execution Time"])
    return median(taken)
