"""Subjects are forgotten."""

from typing import Annotated, Literal

from msgspec import Meta

from event_store.events.event import Event

Ground = Literal["requested", "consent_withdrawn", "no_longer_needed", "objected", "unlawful", "ordered"]
"""Why somebody is forgotten. Words of their own would stay in the record for ever, so there are none."""


class SubjectForgotten(Event, frozen=True, kw_only=True):
    """The key of a visit, profile or payment was destroyed: nobody can read what was encrypted for it any longer.

    What was destroyed is counted, and nothing of it is told.
    """

    forgotten: Annotated[str, Meta(pattern="^(visit|profile|payment)/[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]
    """The subject, as `kind/id`. Its id is random and stays in the record."""
    ground: Ground
    keys: int
    pictures: int
    """Evidence pictures that were removed."""

    @property
    def subject(self) -> str:
        """Who or what was forgotten."""
        return self.forgotten


FACTS = (SubjectForgotten,)
