"""Positions on the command line: `TOPIC/PARTITION/OFFSET`."""

import typer

from event_store.envelope import Position


def parse_position(text: str) -> Position:
    """Read a position as answers, logs and `dead-letters list` write it."""
    topic, _, rest = text.partition("/")
    partition, _, offset = rest.partition("/")
    if not (topic and partition.isdecimal() and offset.isdecimal()):
        raise typer.BadParameter(f"{text!r} is no position; write it as shopfloor.events/3/14")
    return Position(topic=topic, partition=int(partition), offset=int(offset))


def show_position(position: Position) -> str:
    """Write a position as it is read."""
    return f"{position.topic}/{position.partition}/{position.offset}"
