"""`shopfloor restate`: what would the figures have been, had the layout been another?"""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import Database, Kafka
from infra.cli.times import parse_time

if TYPE_CHECKING:
    from event_store.events.restatements import ZoneFigures
    from event_store.restating.restatement import ZoneRestated

HEADINGS = ("zone", "people", "stays", "median", "p90")
NOTHING = "-"


def restate(
    layout: Annotated[Path, typer.Option("--layout", help="The layout with other zones or minimum dwells.")],
    start: Annotated[
        datetime,
        typer.Option("--from", parser=parse_time, help="Stays that began from here, as 2026-10-01T00:00:00+01:00 …"),
    ],
    end: Annotated[datetime, typer.Option("--to", parser=parse_time, help="… and before here.")],
    zone: Annotated[
        list[str] | None, typer.Option("--zone", help="This zone; repeatable. Those that the layout changes if absent.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON object a zone.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the figures and write nothing.")] = False,
    kafka: Kafka = None,
    database: Database = None,
) -> None:
    """Make a store's zone figures again from position samples, by the layouts of then and by another one.

    `shopfloor restate --layout new.toml --from 2026-10-01T00:00:00Z --to 2026-11-01T00:00:00Z --dry-run`

    Both are shown side by side, in the time of the cameras' frames, and written to the record as a MetricRestated for
    each zone. What was recorded and what is answered about it stay as they are.
    """
    from event_store.layout.reading import read_layout
    from infra import settings
    from infra.cli.records_bar import records_bar
    from infra.restating import Order, write
    from infra.restating import restate as make_again

    if start >= end:
        raise typer.BadParameter("it is not before --to", param_hint="--from")
    where = settings.load().with_addresses(kafka, database)
    order = Order(layout=read_layout(layout), start=start, end=end, zones=tuple(zone or ()))
    with records_bar("samples", None) as bar:
        outcome = make_again(where, order, bar)
    if not dry_run:
        write(where, outcome)
    for line in _json(outcome.zones) if as_json else _table(outcome.zones):
        sys.stdout.write(f"{line}\n")


def _json(zones: "tuple[ZoneRestated, ...]") -> list[str]:
    import msgspec

    return [msgspec.json.encode(zone).decode() for zone in zones]


def _table(zones: "tuple[ZoneRestated, ...]") -> list[str]:
    rows = [HEADINGS, *(_row(zone) for zone in zones)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _row(zone: "ZoneRestated") -> tuple[str, ...]:
    cells = zip(_cells(zone.old), _cells(zone.new), strict=True)
    return zone.zone_id, *(f"{old} → {new}" for old, new in cells)


def _cells(figures: "ZoneFigures | None") -> tuple[str, ...]:
    if figures is None:
        return (NOTHING,) * 4
    return str(figures.people), str(figures.stays), _seconds(figures.median_ms), _seconds(figures.p90_ms)


def _seconds(milliseconds: float | None) -> str:
    return NOTHING if milliseconds is None else f"{milliseconds / 1000:.1f} s"
