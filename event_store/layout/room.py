"""Whether a layout fits into the record: a fact has a largest size, and no table takes the character U+0000."""

from collections.abc import Iterator
from typing import Any

import msgspec

from event_store.layout.digest import published
from event_store.layout.model import Layout
from event_store.layout.positions import Path
from event_store.layout.wording import Finding, name_of
from event_store.topics import MAX_RECORD_BYTES

ENVELOPE_BYTES = 2_000
"""What a fact needs beside the layout: its source, ids and traces, generously."""
MOST_BYTES = MAX_RECORD_BYTES - ENVELOPE_BYTES
CURES = {
    "product": "leave out the products that no facing names, or their categories",
    "camera": "give each camera the four floor_points that it needs",
}


def text_findings(value: Any, at: Path = ()) -> Iterator[Finding]:
    """Find text that no table takes."""
    match value:
        case str() if "\0" in value:
            yield at, f"{name_of(at)} holds the character U+0000", "leave it out"
        case dict():
            for key, each in value.items():
                yield from text_findings(each, (*at, key))
        case list():
            for index, each in enumerate(value):
                yield from text_findings(each, (*at, index))


def room_findings(layout: Layout) -> Iterator[Finding]:
    """Find that a layout is larger than a fact may be, and of what it has most."""
    told = published(layout)
    size = len(msgspec.json.encode(told))
    if size <= MOST_BYTES:
        return
    tables = {kind: each for kind in told.__struct_fields__ if isinstance(each := getattr(told, kind), list)}
    sizes = {kind: len(msgspec.json.encode(each)) for kind, each in tables.items()}
    kind = max(sizes, key=sizes.__getitem__)
    taken = f"its {len(tables[kind])} tables [[{kind}]] take {sizes[kind]:,}"
    what = f"the layout has {size:,} bytes, and the record takes {MOST_BYTES:,} of it: {taken}"
    yield (kind, 0), what, CURES.get(kind, "give its polygons fewer corners, with three digits after the point")
