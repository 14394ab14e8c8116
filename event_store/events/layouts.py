"""A store's layout is in force."""

from event_store.events.event import Event, Moment
from event_store.layout.model import Layout


class LayoutPublished(Event, frozen=True, kw_only=True):
    """A layout is in force from `valid_from`. It carries the whole layout; place ids survive versions."""

    layout: Layout
    layout_digest: str
    valid_from: Moment

    @property
    def subject(self) -> str:
        """The store whose layout it is."""
        return f"layout/{self.layout.store.id}"


FACTS = (LayoutPublished,)
