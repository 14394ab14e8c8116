"""What can go wrong with giving checkpoints away.

ShopfloorError
└── PublishingError
    ├── Undelivered        a receiver did not take a checkpoint; it is tried again later
    └── InvalidWitnesses   a list of witnesses that cannot be read
"""

from pathlib import Path

from event_store.errors import ShopfloorError


class PublishingError(ShopfloorError):
    """Something with giving checkpoints away."""


class Undelivered(PublishingError):
    """A receiver did not take a checkpoint; it is tried again later."""

    def __init__(self, channel: str, why: str) -> None:
        super().__init__(f"{channel} did not take the checkpoint: {' '.join(why.split())[:300]}; it is tried again")


class InvalidWitnesses(PublishingError):
    """A list of witnesses that cannot be read."""

    exit_status = 2

    def __init__(self, path: Path, line: int, why: str) -> None:
        super().__init__(f"{path}:{line}: {why}; write one witness a line: its verifier key, a space, its address")
