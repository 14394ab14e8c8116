"""What `shopfloor restate` does: reads samples and layouts, hands the watchers in, and writes what came of it."""

import asyncio
import hashlib
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import msgspec

import migrations
from event_store.database import connect_blocking
from event_store.envelope import Envelope
from event_store.events.restatements import MetricRestated, SampleRange
from event_store.layout.digest import layout_digest
from event_store.layout.model import Layout
from event_store.restating.layouts import find_layouts
from event_store.restating.restatement import Restatement, ZoneRestated
from event_store.restating.samples import KeptSamples, Wanted, read_samples
from event_store.writer import EventWriter
from infra.cli.records_bar import RecordsBar
from infra.settings import Settings
from projections.tables.read_model import PROJECTOR_ROLE
from vision_workers.restating import restate_stays

IDS = UUID("6d0d6f3e-52a7-5c0b-8f6e-3f6a0a2d9b44")


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for on the command line."""

    layout: Layout
    start: datetime
    end: datetime
    zones: tuple[str, ...]
    """None named: those that the layout changes."""

    @property
    def store(self) -> tuple[str, str]:
        """Organisation and store."""
        return self.layout.store.organisation, self.layout.store.id


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The figures side by side, and the facts that say so."""

    zones: tuple[ZoneRestated, ...]
    facts: tuple[Envelope, ...]


def restate(where: Settings, order: Order, bar: RecordsBar) -> Outcome:
    """Make figures again; nothing is written. Raises a `RestatementRefused`."""
    migrations.check(where.database_url())
    with tempfile.TemporaryDirectory(prefix="shopfloor-samples-") as folder:
        kept = KeptSamples(Path(folder))
        wanted = Wanted(
            store="/".join(order.store),
            time_zone=ZoneInfo(order.layout.store.time_zone),
            start=order.start,
            end=order.end,
        )
        done = 0

        def progress(read: int, total: int) -> None:
            nonlocal done
            bar.expect(total)
            bar.advance(read - done)
            done = read

        read = asyncio.run(read_samples(where.kafka_connection(), where.topics.samples, wanted, kept, progress))
        with connect_blocking(where.database_url(), PROJECTOR_ROLE) as connection:
            old = find_layouts(connection, where.topics.events, order.store, kept.layouts)
        restatement = Restatement(old, order.layout, order.zones)
        bar.expect(done + len(kept))
        zones = restatement.run(kept, restate_stays, order.start, order.end, lambda: bar.advance(1))
    return Outcome(zones=tuple(zones), facts=_facts(order, zones, list(old), read))


def write(where: Settings, outcome: Outcome) -> None:
    """Append the facts; the same restatement written again is without effect."""
    asyncio.run(_write(where, outcome))


async def _write(where: Settings, outcome: Outcome) -> None:
    async with EventWriter(where.kafka_connection(), where.topics.events) as writer:
        for fact in outcome.facts:
            await writer.write(fact)


def _facts(order: Order, zones: list[ZoneRestated], old: list[str], read: SampleRange) -> tuple[Envelope, ...]:
    """Return a fact for each zone, numbered and named by what was restated from what."""
    new = layout_digest(order.layout)
    said = (order.store, order.start, order.end, old, new, read, [zone.zone_id for zone in zones])
    name = hashlib.sha256(msgspec.json.encode(said)).hexdigest()[:16]
    organisation, store = order.store
    source, now = f"/{organisation}/{store}/restatement/{name}", datetime.now(UTC)
    return tuple(
        Envelope(
            id=str(uuid5(IDS, f"{source}/{number}")),
            source=source,
            sequence=number,
            organisation=organisation,
            store=store,
            actor="command/restate",
            event=MetricRestated(
                time=now.replace(microsecond=now.microsecond // 1000 * 1000),
                metric="zone_stays",
                zone_id=zone.zone_id,
                zone_name=zone.name,
                start=order.start,
                end=order.end,
                old=zone.old,
                new=zone.new,
                old_layouts=old,
                new_layout=new,
                samples=read,
            ),
        )
        for number, zone in enumerate(zones, 1)
    )
