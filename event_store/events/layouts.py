"""A store's layout is in force."""

from typing import ClassVar

from event_store.events.event import Event, Moment
from event_store.layout.model import Layout


class LayoutPublished(Event, frozen=True, kw_only=True):
    """A layout is in force from `valid_from`. It carries the whole layout, without where its cameras are.

    Place ids survive versions.
    """

    major: ClassVar[int] = 2

    layout: Layout
    layout_digest: str
    valid_from: Moment

    def __post_init__(self) -> None:
        """Refuse a source: an address may hold a password, and the record is for ever."""
        if any(camera.source for camera in self.layout.camera):
            raise ValueError("a published layout names no source of a camera")

    @property
    def subject(self) -> str:
        """The store whose layout it is."""
        return f"layout/{self.layout.store.id}"


FACTS = (LayoutPublished,)
