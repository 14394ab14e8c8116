"""`shopfloor replay`: history played again."""

import os
import sys
from datetime import datetime
from typing import Annotated

import typer

from infra.cli.options import Database, Kafka
from infra.cli.stores import parse_store
from infra.cli.times import parse_time


def replay(
    start: Annotated[
        datetime | None, typer.Option("--from", parser=parse_time, help="First recorded time; open if absent.")
    ] = None,
    end: Annotated[
        datetime | None, typer.Option("--to", parser=parse_time, help="Recorded time to stop before; open if absent.")
    ] = None,
    store: Annotated[str | None, typer.Option("--store", metavar="ORG/STORE", help="This store only.")] = None,
    camera: Annotated[str | None, typer.Option("--camera", help="Facts of this camera only, by its id.")] = None,
    types: Annotated[
        list[str] | None, typer.Option("--type", help="Facts of this type only, such as ShopperEntered; repeatable.")
    ] = None,
    visit: Annotated[str | None, typer.Option("--visit", help="Facts about this visit only, by its UUID.")] = None,
    speed: Annotated[
        str | None, typer.Option("--speed", metavar="10x", help="So many times as fast as recorded.")
    ] = None,
    as_fast: Annotated[bool, typer.Option("--as-fast", help="As fast as it goes, which is the default.")] = False,
    to_topic: Annotated[str | None, typer.Option("--to-topic", help="Kafka topic to play into.")] = None,
    printed: Annotated[
        bool, typer.Option("--print", help="Write one JSON object a line, which is the default.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--everything", help="Duplicates, dead letters and parked records too.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="From the beginning, whatever an earlier run did.")] = False,
    create_topic: Annotated[bool, typer.Option("--create-topic", help="Make the topic where it is missing.")] = False,
    own_topic: Annotated[
        bool, typer.Option("--own-topic", help="Also into a topic that the service itself reads: to restore it.")
    ] = False,
    kafka: Kafka = None,
    database: Database = None,
) -> None:
    """Play records again in order: each partition by position, between partitions by recorded time.

    `shopfloor replay --from 2026-11-01T00:00:00Z --to 2026-11-02T00:00:00Z --store acme/ginza-3 --to-topic acme.copy`

    The same command goes on where an earlier one was cut off. In a topic each record is there once, with its exact
    bytes, its key, its headers, and two more that name its position and the replay; on the screen the last second
    before a kill may come twice. Archived months are read like the others.
    """
    from event_store.replaying.wanted import Wanted, known_types
    from infra import settings
    from infra.replaying import Order
    from infra.replaying import replay as play

    if start is not None and end is not None and start >= end:
        raise typer.BadParameter("it is not before --to", param_hint="--from")
    if as_fast and speed is not None:
        raise typer.BadParameter("say --speed or --as-fast", param_hint="--speed")
    if printed and to_topic is not None:
        raise typer.BadParameter("say --print or --to-topic", param_hint="--print")
    wanted = Wanted(
        start=start,
        end=end,
        store=parse_store(store),
        camera=camera,
        visit=None if visit is None else visit.removeprefix("visit/"),
        types=known_types(types or []),
        everything=everything,
    )
    order = Order(
        wanted=wanted,
        to_topic=to_topic,
        speed=_speed(speed),
        again=again,
        own_topic=own_topic,
        create_topic=create_topic,
    )
    try:
        play(settings.load().with_addresses(kafka, database), order)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads any more, and that is no error


def _speed(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        speed = float(text.removesuffix("x"))
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise typer.BadParameter(f"{text!r} is no speed; write it as 10x or 0.5x", param_hint="--speed")
    return speed
