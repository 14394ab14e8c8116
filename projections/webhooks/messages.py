"""What goes out: the fact as the record has it, and where it stands among what its subscriber is told."""

import secrets
from datetime import datetime
from typing import Any

import msgspec

from event_store.serialization import CONTENT_TYPE, timestamp

HEADERS = {"content-type": CONTENT_TYPE}
CHALLENGE_HEADERS = {"content-type": "application/json"}
CHALLENGE = "shopfloor.WebhookChallenge.v1"

_ATTRIBUTES = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery whose turn it is."""

    subscription: str
    sequence: int
    topic: str
    partition: int
    offset: int
    event_id: str
    previous: str | None
    resent: bool
    attempts: int
    failures: int
    """The endpoint's, in a row."""
    value: bytes | None
    """The fact's exact bytes, as the ledger has them; None where they have gone to the archive."""

    @property
    def message_id(self) -> str:
        """The same at each attempt."""
        return message_id(self.subscription, self.event_id)

    @property
    def position(self) -> str:
        """Where the record holds the fact."""
        return f"{self.topic}/{self.partition}/{self.offset}"


def message_id(subscription: str, event_id: str) -> str:
    """Return what a receiver tells repetitions by: one fact for one subscription."""
    return f"{event_id}_{subscription}"


def body_of(due: Due, value: bytes) -> bytes:
    """Return the CloudEvent with the delivery's own attributes; what the fact says stays as it was written."""
    attributes: dict[str, Any] = dict(_ATTRIBUTES.decode(value))
    attributes["deliverysequence"] = due.sequence
    if due.previous is not None:
        attributes["deliveryprevious"] = message_id(due.subscription, due.previous)
    if due.resent:
        attributes["deliveryresent"] = True
    attributes["recordposition"] = due.position
    return msgspec.json.encode(attributes)


class Challenge(msgspec.Struct, frozen=True):
    """A question that only whoever runs an endpoint answers."""

    subscription: str
    word: str

    @property
    def message_id(self) -> str:
        """Another one each time."""
        return f"challenge_{self.word}_{self.subscription}"

    def body(self, at: datetime) -> bytes:
        """Return what is sent."""
        asked = {"type": CHALLENGE, "subscription": self.subscription, "challenge": self.word, "time": timestamp(at)}
        return msgspec.json.encode(asked)

    def is_answered_by(self, body: bytes) -> bool:
        """Tell whether an answer gives the word back, as JSON or as it is."""
        if body.strip() == self.word.encode():
            return True
        try:
            said = msgspec.json.decode(body)
        except msgspec.DecodeError:
            return False
        return isinstance(said, dict) and said.get("challenge") == self.word


def new_challenge(subscription: str) -> Challenge:
    """Return a question with a word of its own."""
    return Challenge(subscription, secrets.token_hex(16))
