"""The roots over everything up to the end of an archive's range, for what was computed from exactly that."""

from collections.abc import Iterator

from .archive import Archive
from .export import Checked
from .records import last_line


def extents(archive: Archive, checked: Checked) -> Iterator[tuple[str, int, bytes]]:
    """Yield each partition's name, its number of records up to the end of the range, and the root over them.

    Needs an archive of all stores: of one store's it cannot always be seen where the range ends.
    """
    end = checked.manifest.end
    for part in checked.manifest.slices if checked.manifest.store is None else ():
        size = part.first + part.count
        last = last_line(archive, part)
        if end is not None and last.timestamp is not None and last.timestamp >= end:
            size -= 1  # the record behind the range, which shows that it ends there
        if size:
            name = f"{part.topic}/{part.partition}"
            yield name, size, checked.trees[name].root(size)
