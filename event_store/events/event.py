"""What every fact is made of."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

UNKNOWN_TIME = datetime.min.replace(tzinfo=UTC)
"""An event that nobody has dated yet; it can not be written."""

Moment = Annotated[datetime, Meta(tz=True)]
"""A point in time that says its offset from UTC; the record writes UTC, cut to the millisecond."""

Fraction = float
"""A share of the picture's width or height, 0 to 1, from the top left corner."""

Purpose = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,63}$")]
"""What personal data is used for, as one word in lower case: `loyalty`."""

RandomId = Annotated[str, Meta(pattern="^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
"""A UUID that says nothing of the person it stands for: it stays in the record when they are forgotten."""

Reason = Literal["left", "lost", "camera_down", "day_end", "source_end"]
"""Why a stay or a visit ended. Only `left` was seen; the others are the end of our knowledge."""


Named = Literal["visit", "profile", "payment", "track"]
"""What an id may stand for that concerns a person. A track is known within the one visit that its fact names."""


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A part of an event that is no fact by itself."""


class Encrypted(Value, frozen=True, kw_only=True):
    """A personal field: only who holds the key of its subject can read it. The only form that one has in the record.

    Destroying the key erases the field; the bytes of the fact stay as they are, and so do all proofs of them.
    """

    key_id: str
    ciphertext: Annotated[bytes, Meta(min_length=28, max_length=16_384)]
    """AES-256-GCM: 12 bytes of nonce, the encrypted text, 16 bytes of tag; bound to its subject and field."""


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A fact. `time` is when it became true; it travels in the envelope, not in the data.

    A field with a default is left out of the bytes while it holds the default, so that an optional field
    that is added later changes no old record. A field that may be null has no default: null is written.
    Facts hold no cycles, so the garbage collector need not look at them (`gc=False`, half the cost of reading).
    """

    major: ClassVar[int] = 1
    """The version of its meaning, which is part of its type."""
    named: ClassVar[Mapping[str, Named]] = {}
    """Which of its fields name whom, each with one id, none or a list: forgetting finds them there."""

    time: Moment = UNKNOWN_TIME

    @property
    def subject(self) -> str:
        """The entity that the fact is about, as `kind/id`; facts of one subject stay in order."""
        raise NotImplementedError

    def naming(self) -> Iterator[tuple[Named, str]]:
        """Yield everybody whom the fact names, by kind and id."""
        for field, kind in self.named.items():
            for name in ids(getattr(self, field)):
                yield kind, name


def ids(value: str | list[str] | None) -> list[str]:
    """Return the ids that a field holds which names somebody."""
    if value is None:
        return []
    return [value] if isinstance(value, str) else value


class Box(Value, frozen=True, kw_only=True):
    """A rectangle in fractions of the picture, (x0, y0) top left and (x1, y1) bottom right."""

    x0: Fraction
    y0: Fraction
    x1: Fraction
    y1: Fraction


class Limit(Value, frozen=True, kw_only=True):
    """One limit of a rule beside what was measured, both in the unit that the name ends with."""

    name: str
    limit: float
    measured: float


class Evidence(Value, frozen=True, kw_only=True):
    """What a camera fact rests on: enough to find the frame again and repeat the decision."""

    frame: int
    """Number of the deciding frame, counted from 0 by the source."""
    frame_time: Moment
    input_digest: str
    """SHA-256, in hexadecimal, of the detector's input tensor for the deciding frame."""
    region: Box | None
    """Where in the picture; null when the fact is about the whole picture or the subject was out of sight."""
    model_digest: str
    rule: str
    rule_version: int
    limits: list[Limit]
    frames: list[int]
    """Up to 20 supporting frames by number, oldest first."""


class CameraFact(Event, frozen=True, kw_only=True):
    """A fact that a camera saw. It holds no personal field."""

    camera_id: str
    confidence: float
    """0 to 1: how sure the detector was of the subject, averaged over the supporting frames."""
    layout_digest: str
    model: str
    evidence: Evidence


class ShopperFact(CameraFact, frozen=True, kw_only=True):
    """A fact about one person that a camera follows."""

    named: ClassVar[Mapping[str, Named]] = {"visit_id": "visit", "track_id": "track"}

    track_id: str
    """The person within one camera."""
    visit_id: str | None
    """The person within the store; null where it is not known."""

    @property
    def subject(self) -> str:
        """The visit where it is known, otherwise the track."""
        return f"track/{self.track_id}" if self.visit_id is None else f"visit/{self.visit_id}"
