"""What can go wrong with packing an archive.

ShopfloorError
└── UnpackableName    a name that does not fit the archive's format
"""

from event_store.errors import ShopfloorError


class UnpackableName(ShopfloorError):
    """A name that does not fit the archive's format."""

    def __init__(self, name: str, limit: int) -> None:
        super().__init__(f"{name!r} has more than the {limit} bytes of an archive's names; use a shorter topic prefix")
