"""One archive that holds a range of the record with everything that is needed to check it."""

from event_store.export.contents import Contents, Hidden, Sealed, Shown, Slice
from event_store.export.packing import pack

__all__ = ["Contents", "Hidden", "Sealed", "Shown", "Slice", "pack"]
