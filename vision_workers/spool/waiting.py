"""A record that waits for the broker."""

from typing import Literal

import msgspec

Channel = Literal["events", "samples", "ops"]
"""Which topic it goes to; the sink knows the topics' names."""


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """One record, in the exact bytes that the topic will hold."""

    place: int
    """Its place in the spool; records leave in this order."""
    channel: Channel
    key: str
    source: str
    sequence: int
    record: bytes
