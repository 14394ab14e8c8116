"""What can be wrong with what another system sends.

ApiError
└── IngestError
    ├── UnusableBody          no JSON of such a form
    ├── TooLarge
    ├── TooSlow               the body did not come in time
    ├── WrongMediaType
    ├── TooManyRequests       more than a token may send
    ├── IngestKeyReused       an idempotency key that stands for another body
    └── RecordUnavailable     Kafka or PostgreSQL does not answer: to be sent again
"""

from graphql_api.errors import ApiError


class IngestError(ApiError):
    """Something is wrong with what another system sends; nothing of it was taken."""

    retry_after_s: int | None = None
    """When to try again; None where that would not help."""


class UnusableBody(IngestError):
    """A body that is no JSON of such a form."""

    code = "BAD_REQUEST"
    status = 400


class TooLarge(IngestError):
    """A body that is larger than any that is read."""

    code = "TOO_LARGE"
    status = 413


class TooSlow(IngestError):
    """A body that did not come in time."""

    code = "TOO_SLOW"
    status = 408


class WrongMediaType(IngestError):
    """A body of another media type, or a packed one."""

    code = "WRONG_MEDIA_TYPE"
    status = 415


class TooManyRequests(IngestError):
    """More than a token may send."""

    code = "TOO_MANY_REQUESTS"
    status = 429

    def __init__(self, retry_after_s: int) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(f"this token sends more than it may; send the same again in {retry_after_s} s")


class IngestKeyReused(IngestError):
    """An idempotency key that stands for another body."""

    code = "IDEMPOTENCY_KEY_REUSED"
    status = 409

    def __init__(self, key: str) -> None:
        super().__init__(f"the idempotency key {key!r} was used for another body; make a new key for each one")


class RecordUnavailable(IngestError):
    """Kafka or PostgreSQL does not answer."""

    code = "UNAVAILABLE"
    status = 503
    retry_after_s = 5

    def __init__(self, service: str) -> None:
        super().__init__(f"{service} does not answer; send the same again later: what was taken counts once")
