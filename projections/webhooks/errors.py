"""What can go wrong with subscriptions.

ShopfloorError
└── SubscriptionError
    ├── NoSuchSubscription   nobody made it
    ├── NoSuchDelivery       a subscription has no delivery of that number
    ├── UnknownType          a type of fact that the record cannot hold
    ├── UnusablePlace        a name that no organisation and no store can have
    ├── TooManyStores        a subscription that names more stores than one may
    └── FactMissing          the record does not have the fact of a delivery any more
"""

from collections.abc import Iterable

from event_store.errors import ShopfloorError


class SubscriptionError(ShopfloorError):
    """Something with subscriptions."""


class NoSuchSubscription(SubscriptionError):
    """Nobody made it."""

    exit_status = 2

    def __init__(self, subscription: str) -> None:
        super().__init__(f"there is no subscription {subscription!r}; `shopfloor webhook list` names all of them")


class NoSuchDelivery(SubscriptionError):
    """A subscription has no delivery of that number."""

    exit_status = 2

    def __init__(self, subscription: str, sequence: int) -> None:
        super().__init__(
            f"{subscription} has no delivery {sequence} that has ended; `shopfloor webhook deliveries {subscription}` "
            "lists them"
        )


class UnknownType(SubscriptionError):
    """A type of fact that the record cannot hold."""

    exit_status = 2

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"there is no fact {name[:100]!r}; choose from {', '.join(sorted(known))}")


class UnusablePlace(SubscriptionError):
    """A name that no organisation and no store can have."""

    exit_status = 2

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name[:100]!r} names no organisation and no store; write 1 to 64 letters, digits, dots, dashes or "
            "underscores, the store without its organisation"
        )


class TooManyStores(SubscriptionError):
    """A subscription that names more stores than one may."""

    exit_status = 2

    def __init__(self, most: int) -> None:
        super().__init__(f"name at most {most} stores, or none for all of the organisation's")


class FactMissing(SubscriptionError):
    """The record does not have the fact of a delivery any more."""

    def __init__(self, position: str) -> None:
        super().__init__(f"the record has nothing at {position}; see docs/operations.md, diverged")
