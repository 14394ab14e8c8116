"""The catalogue: every fact that the record can hold, by its current major version.

A subject is a file here that says its facts; a new one is named twice below, and nowhere else.
"""

from collections.abc import Iterable

from event_store.events import (
    alerts,
    amendments,
    cameras,
    clock,
    consents,
    erasures,
    gaps,
    heatmaps,
    items,
    labels,
    layouts,
    lines,
    ops,
    queues,
    restatements,
    restocks,
    sales,
    shelves,
    visits,
    workers,
    zones,
)
from event_store.events.event import Event

SUBJECTS = (
    visits,
    lines,
    zones,
    queues,
    alerts,
    shelves,
    items,
    labels,
    restocks,
    cameras,
    clock,
    heatmaps,
    gaps,
    layouts,
    consents,
    erasures,
    amendments,
    restatements,
    workers,
    sales,
)


def by_type(facts: Iterable[type[Event]]) -> dict[str, type[Event]]:
    """Return facts by the type that the record says: the class's name and its major version."""
    return {f"shopfloor.{fact.__name__}.v{fact.major}": fact for fact in facts}


FACTS = by_type(fact for subject in SUBJECTS for fact in subject.FACTS)
"""What `shopfloor.events` carries."""

OPERATIONS = by_type(ops.FACTS)
"""What `shopfloor.ops` carries."""

CATALOGUE = FACTS | OPERATIONS
TYPE_OF = {event: name for name, event in CATALOGUE.items()}
