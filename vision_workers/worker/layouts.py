"""A store's layout becomes the fact that says so."""

from datetime import UTC, datetime

from event_store.events.layouts import LayoutPublished
from event_store.layout.digest import layout_digest, published
from event_store.layout.model import Layout
from event_store.serialization import encode
from vision_workers.pipeline.numbering import Numbering
from vision_workers.runs import Run

LONGEST = "x" * 64


def layout_published(layout: Layout, moment: datetime) -> LayoutPublished:
    """Return the fact that a layout is in force from a moment on."""
    return LayoutPublished(
        time=moment, layout=published(layout), layout_digest=layout_digest(layout), valid_from=moment
    )


def check_publishable(layout: Layout) -> None:
    """Raise an `InvalidEvent` where no record takes a layout."""
    key = f"{layout.store.organisation}/{layout.store.id}"
    event = layout_published(layout, datetime.fromtimestamp(0, UTC))
    encode(Numbering(key, LONGEST).envelope("layout", Run(bytes(16)), event))
