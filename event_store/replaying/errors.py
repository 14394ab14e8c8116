"""What can go wrong with playing history again.

ShopfloorError
└── ReplayRefused
    ├── UnknownType         a type of fact that is not in the catalogue
    ├── UnknownStore        a store of which the record holds nothing
    ├── OwnTopic            a topic that the service itself reads
    ├── ReplayTopicMissing  the topic is not there
    ├── OtherPartitions     the topic has other partitions than the record
    ├── RecordRefused       Kafka does not take a record
    ├── ReplayRunning       the same replay is running
    └── UnusableState       what an earlier run left behind cannot be used
"""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from event_store.errors import ShopfloorError


class ReplayRefused(ShopfloorError):
    """Playing history again was refused."""


class UnknownType(ReplayRefused):
    """A type of fact that is not in the catalogue."""

    exit_status = 2

    def __init__(self, name: str, known: Iterable[str]) -> None:
        near = get_close_matches(name, sorted(known), n=3, cutoff=0.4)
        hint = f"did you mean {' or '.join(near)}?" if near else "docs/events.md lists them"
        super().__init__(f"there is no type of fact {name!r}; {hint}")


class UnknownStore(ReplayRefused):
    """A store of which the record holds nothing."""

    exit_status = 2

    def __init__(self, store: str) -> None:
        super().__init__(
            f"the record holds nothing of a store {store}; write it as ORGANISATION/STORE, as in its layout"
        )


class OwnTopic(ReplayRefused):
    """A topic that the service itself reads."""

    exit_status = 2

    def __init__(self, topic: str) -> None:
        super().__init__(
            f"{topic} is one of the service's own topics; name another, or add --own-topic when you mean to restore it"
        )


class ReplayTopicMissing(ReplayRefused):
    """The topic is not there."""

    exit_status = 2

    def __init__(self, topic: str) -> None:
        super().__init__(f"Kafka has no topic {topic}; add --create-topic to make it with the record's partitions")


class OtherPartitions(ReplayRefused):
    """The topic has other partitions than the record."""

    exit_status = 2

    def __init__(self, topic: str, found: int, needed: int) -> None:
        super().__init__(
            f"{topic} has {found} partitions and the record has {needed}, so stores would lose their order; "
            "name a topic with as many, or a new one with --create-topic"
        )


class RecordRefused(ReplayRefused):
    """Kafka does not take a record."""

    def __init__(self, position: str, why: str) -> None:
        super().__init__(f"Kafka does not take the record of {position}: {why}; correct that and run the same again")


class ReplayRunning(ReplayRefused):
    """The same replay is running."""

    def __init__(self, state: Path) -> None:
        super().__init__(f"the same replay is running (its state is {state}); wait for it, or stop it")


class UnusableState(ReplayRefused):
    """What an earlier run left behind cannot be used."""

    exit_status = 2

    def __init__(self, state: Path, why: str) -> None:
        super().__init__(f"the replay's state {state} cannot be used: {why}; --again starts anew")
