"""What can go wrong between a camera and a fact.

ShopfloorError
└── VisionError
    ├── SourceError       a source that cannot be opened or read
    └── ModelError        a model that cannot be used
"""

from event_store.errors import ShopfloorError


class VisionError(ShopfloorError):
    """Something between a camera and a fact."""


class SourceError(VisionError):
    """A source that cannot be opened or read."""

    exit_status = 2


class ModelError(VisionError):
    """A model that cannot be used."""

    exit_status = 2
