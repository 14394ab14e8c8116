"""What can go wrong between a question and its answer.

ShopfloorError
├── ApiError              told to the client as it is, with its stable code
│   ├── Unauthenticated
│   ├── Forbidden
│   ├── UnusableArgument
│   ├── UnusableRequest
│   ├── Lagging           the read models have not reached the position that the client asked for
│   ├── TimedOut
│   ├── Unavailable       PostgreSQL or Kafka does not answer
│   ├── TooManyOperations
│   ├── TooManySubscriptions
│   └── KeyReused         an idempotency key that stands for another input
├── TokenFileError        a file with tokens can not be used
├── UnusableToken         no token can be made so
├── UnknownToken          there is no token of this id
├── UnusableOrigin        no browser says such an origin
└── PortInUse             another program listens where the API should
"""

from pathlib import Path
from typing import Any, ClassVar

from event_store.envelope import Position
from event_store.errors import ShopfloorError


class ApiError(ShopfloorError):
    """An error that the client may see; `code` never changes its meaning."""

    code: ClassVar[str]
    status: ClassVar[int]
    """Of the HTTP response, where the whole request failed and the client takes `application/graphql-response+json`."""

    @property
    def extensions(self) -> dict[str, Any]:
        """What goes into the error's `extensions`."""
        return {"code": self.code}


class Unauthenticated(ApiError):
    """The request carries no token, or one that nobody was given."""

    code = "UNAUTHENTICATED"
    status = 401

    def __init__(self) -> None:
        super().__init__("no valid token; send the header `Authorization: Bearer …` with the token of this server")


class Forbidden(ApiError):
    """The token may not ask this."""

    code = "FORBIDDEN"
    status = 403

    def __init__(self, what: str) -> None:
        super().__init__(f"this token may not use {what}; ask for one with the permission")


class UnusableArgument(ApiError):
    """An argument that no answer can be given for."""

    code = "BAD_USER_INPUT"
    status = 400


class UnusableRequest(ApiError):
    """A request that holds no question."""

    code = "BAD_REQUEST"
    status = 400


class Lagging(ApiError):
    """The read models have not reached the position that the client asked for."""

    code = "LAGGING"
    status = 503

    def __init__(self, wanted: Position, reached: Position | None) -> None:
        self.wanted = wanted
        self.reached = reached
        super().__init__(f"the read models are not at {token(wanted)} yet; ask again later, or without atLeast")

    @property
    def extensions(self) -> dict[str, Any]:
        """The code, the position asked for, and the one reached, null where there is none."""
        return {"code": self.code, "atLeast": token(self.wanted), "position": self.reached and token(self.reached)}


class TimedOut(ApiError):
    """The answer took longer than a request may."""

    code = "TIMEOUT"
    status = 503

    def __init__(self) -> None:
        super().__init__("the answer took too long; ask for a shorter range or fewer fields")


class Unavailable(ApiError):
    """A service that the answer needs does not answer."""

    code = "UNAVAILABLE"
    status = 503

    def __init__(self, service: str) -> None:
        super().__init__(f"{service} does not answer; try again later")


class TooManyOperations(ApiError):
    """A websocket has as many operations as one may have at a time."""

    code = "TOO_MANY_SUBSCRIPTIONS"
    status = 503

    def __init__(self, most: int) -> None:
        super().__init__(f"this websocket has {most} operations already; complete one, or open another websocket")


class TooManySubscriptions(ApiError):
    """The server has as many subscribers as it takes."""

    code = "TOO_MANY_SUBSCRIPTIONS"
    status = 503

    def __init__(self, limit: int) -> None:
        super().__init__(f"this server has {limit} subscribers already; try again later")


class KeyReused(ApiError):
    """An idempotency key that stands for another input."""

    code = "IDEMPOTENCY_KEY_REUSED"
    status = 400

    def __init__(self, key: str) -> None:
        super().__init__(f"the idempotency key {key!r} was used for another input; make a new key for each change")


class TokenFileError(ShopfloorError):
    """A file with tokens can not be used."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"the token file {path} cannot be used: {why}")


class UnusableToken(ShopfloorError):
    """No token can be made so."""


class UnknownToken(ShopfloorError):
    """There is no token of an id."""

    def __init__(self, token_id: str) -> None:
        super().__init__(f"there is no token {token_id!r}; `shopfloor token list` shows those there are")


class UnusableOrigin(ShopfloorError):
    """What was named is no origin of a site."""

    def __init__(self, origin: str) -> None:
        super().__init__(
            f"{origin!r} is no site's origin; name scheme and host, and the port where it is not the usual one, "
            "such as https://shop.example or http://localhost:5173, without a path and without '*'"
        )


class PortInUse(ShopfloorError):
    """The API can not listen where it should."""

    def __init__(self, host: str, port: int, why: str) -> None:
        super().__init__(f"cannot listen on {host}:{port} ({why}); choose another --port, or 0 for any free one")


def token(position: Position) -> str:
    """Write a position as clients see it: `topic/partition/offset`."""
    return f"{position.topic}/{position.partition}/{position.offset}"


def statuses() -> dict[str, int]:
    """Return the HTTP status of each code that GraphQL answers with; a family of other errors has none of its own."""
    return {known.code: known.status for known in ApiError.__subclasses__() if "code" in vars(known)}
