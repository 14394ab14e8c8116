"""Why what a person decided about the record is not carried out.

ProjectionError
└── RefusedDecision
    ├── UnknownFact         no fact of that id was recorded
    ├── AmbiguousFact       several organisations have a fact of that id
    ├── ArchivedFact        a fact whose month only the command line reads
    ├── UncorrectableFact   a fact that no correction changes
    ├── UnusableCorrection  data that does not fit the fact
    ├── UnknownReason       a reason that is none of the words there are
    ├── UnknownRecord       no record at that position
    ├── NotDead             a record that is no dead letter of its own
    └── AlreadyDecided      a dead letter that was retried or skipped before
"""

from collections.abc import Iterable

from event_store.envelope import Position
from projections.errors import ProjectionError


class RefusedDecision(ProjectionError):
    """What a person wants to change cannot be changed."""


class UnknownFact(RefusedDecision):
    """No fact of that id was recorded."""

    exit_status = 2

    def __init__(self, event_id: str) -> None:
        super().__init__(f"no fact with the id {event_id!r} was recorded; give the `id` of its CloudEvent")


class AmbiguousFact(RefusedDecision):
    """Several organisations have a fact of that id."""

    exit_status = 2

    def __init__(self, event_id: str, owners: Iterable[str]) -> None:
        super().__init__(f"{event_id} is a fact of {' and of '.join(sorted(owners))}; say which with --store")


class ArchivedFact(RefusedDecision):
    """A fact whose month only the command line reads."""

    def __init__(self, event_id: str) -> None:
        super().__init__(f"the month of {event_id} is in the archive; correct it with `shopfloor correct`")


class UncorrectableFact(RefusedDecision):
    """A fact that no correction changes."""

    def __init__(self, event_id: str, type_name: str) -> None:
        super().__init__(f"{event_id} is a {type_name}, which cannot be corrected; correct the fact that it is about")


class UnusableCorrection(RefusedDecision):
    """Data that does not fit the fact."""

    exit_status = 2


class UnknownReason(RefusedDecision):
    """A reason that is none of the words there are."""

    exit_status = 2

    def __init__(self, word: str, words: Iterable[str]) -> None:
        super().__init__(
            f"{word!r} is no reason; the record takes one of {', '.join(words)}, and no words that could name somebody"
        )


class UnknownRecord(RefusedDecision):
    """No record at that position."""

    exit_status = 2

    def __init__(self, at: Position) -> None:
        super().__init__(f"there is no record at {_place(at)}; `shopfloor dead-letters list` shows the dead ones")


class NotDead(RefusedDecision):
    """A record that is no dead letter of its own."""

    def __init__(self, at: Position, why: str) -> None:
        super().__init__(f"the record at {_place(at)} is not a dead letter to decide about: {why}")


class AlreadyDecided(RefusedDecision):
    """A dead letter that was retried or skipped before."""

    def __init__(self, at: Position, how: str) -> None:
        words = {"retried": "was retried and counts", "skipped": "was skipped for good"}
        super().__init__(f"the record at {_place(at)} {words.get(how, 'holds a fact that counts already')}")


def _place(at: Position) -> str:
    return f"{at.topic}/{at.partition}/{at.offset}"
