"""The layouts by which samples were taken, as the record has them."""

from collections.abc import Iterable
from typing import Any

from psycopg import Connection

from event_store.archive.reading import Question
from event_store.events.layouts import LayoutPublished
from event_store.layout.model import Layout
from event_store.partitions import partition_of
from event_store.replay import all_entries
from event_store.rereading import recorded_types
from event_store.restating.errors import LayoutUnknown
from event_store.serialization import decode

AT_ONCE = 100
NO_END = 2**63 - 1


def find_layouts(
    connection: Connection[Any], topic: str, store: tuple[str, str], digests: Iterable[str]
) -> dict[str, Layout]:
    """Return the layouts of a store with these digests, in this order; raises `LayoutUnknown`."""
    question = Question(
        topic=topic,
        partition=partition_of("/".join(store)),
        start=0,
        end=NO_END,
        limit=AT_ONCE,
        types=frozenset(recorded_types([LayoutPublished])),
        store=store,
    )
    known: dict[str, Layout] = {}
    for entry in all_entries(connection, question):
        if entry.disposition == "applied" and entry.value is not None:
            event = decode(entry.value).event
            if isinstance(event, LayoutPublished):
                known[event.layout_digest] = event.layout
    found: dict[str, Layout] = {}
    for digest in digests:
        if digest not in known:
            raise LayoutUnknown(digest)
        found[digest] = known[digest]
    return found
