"""People agree to a use of their data, and take that back."""

from collections.abc import Mapping
from typing import ClassVar

from event_store.events.event import Encrypted, Event, Named, Purpose, RandomId


class ConsentEvent(Event, frozen=True, kw_only=True):
    """A fact about what one person agrees to in one store."""

    named: ClassVar[Mapping[str, Named]] = {"profile_id": "profile"}

    profile_id: RandomId
    purpose: Purpose

    @property
    def subject(self) -> str:
        """The profile."""
        return f"profile/{self.profile_id}"


class ConsentGiven(ConsentEvent, frozen=True, kw_only=True):
    """A person agreed that their data is used for a purpose; it holds until they take it back or are forgotten."""

    concerns: Encrypted | None
    """The visit or payment that it was given for, as `kind/id`; null where it is for all of them."""
    statement: Encrypted | None
    """What the person was told and agreed to, or where that can be found."""


class ConsentWithdrawn(ConsentEvent, frozen=True, kw_only=True):
    """A person no longer agrees; what was held under that consent is dropped."""


FACTS = (ConsentGiven, ConsentWithdrawn)
