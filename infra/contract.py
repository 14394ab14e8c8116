"""The published contract of the facts, generated; a change that its readers could not take is refused."""

from pathlib import Path

import msgspec

from event_store.asyncapi import document
from event_store.compatibility import demand_compatible
from vision_workers.samples import Sample

PUBLISHED = Path(__file__).parent.parent / "docs" / "asyncapi.json"


def asyncapi_text(published: Path = PUBLISHED) -> str:
    """Return the AsyncAPI document as the code makes it; raises `IncompatibleChange` against the published one."""
    made = document(Sample)
    if published.exists():
        demand_compatible(msgspec.json.decode(published.read_bytes()), made)
    return msgspec.json.format(msgspec.json.encode(made), indent=2).decode() + "\n"
