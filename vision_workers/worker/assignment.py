"""What a worker is told to watch."""

from pathlib import Path

import msgspec

from event_store.layout.model import Layout


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """One store that a worker watches."""

    layout: Layout
    folder: Path
    """What relative sources start from."""

    @property
    def key(self) -> str:
        """`organisation/store`."""
        return f"{self.layout.store.organisation}/{self.layout.store.id}"
