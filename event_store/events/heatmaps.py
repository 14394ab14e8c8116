"""Where on the floor people were, counted in cells: nobody in particular is in it."""

from typing import Annotated

from msgspec import Meta

from event_store.events.event import Event, Moment

Natural = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Length = Annotated[int, Meta(ge=1, le=2**31 - 1)]
HourOfDay = Annotated[int, Meta(ge=0, le=24)]


class FloorCounted(Event, frozen=True, kw_only=True):
    """What calibrated cameras saw of the floor in five minutes, which ended at `time`. Its lists go together.

    Cells are numbered row by row from the front left corner. What else is counted of the same minutes adds up.
    """

    store_id: str
    day: Moment
    """Beginning of the store's own day that the minutes belong to."""
    hour: HourOfDay
    """How many whole hours of it had passed; the day on which clocks are set back has 25."""
    columns: Length
    """Cells from left to right."""
    rows: Length
    """Cells from front to back."""
    cell_mm: Length
    """Length of a cell's side."""
    cells: list[Natural]
    """The cells in which somebody was, by number, ascending."""
    people: list[Natural]
    """For each of them: people who came to it for the first time in their visit."""
    stay_ms: list[Natural]
    """For each of them: how long people were in it, together."""
    stops: list[Natural]
    """For each of them: how often somebody stood still in it."""

    @property
    def subject(self) -> str:
        """The store's floor."""
        return f"floor/{self.store_id}"


FACTS = (FloorCounted,)
