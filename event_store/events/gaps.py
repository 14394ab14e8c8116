"""The record notices what is missing in it."""

from event_store.events.event import Event


class GapDetected(Event, frozen=True, kw_only=True):
    """A source's sequence numbers jumped: facts `first_missing` to `last_missing` have not arrived in order.

    Or a worker says so: the spool in which they waited is gone.
    """

    source_id: str
    """The CloudEvents `source` whose sequence has the hole."""
    first_missing: int
    last_missing: int

    @property
    def subject(self) -> str:
        """The source with the hole."""
        return f"source{self.source_id}"


FACTS = (GapDetected,)
