"""One signed message to a receiver that somebody tries out."""

import http.client
import time
from uuid import uuid4

import msgspec

from event_store.webhooks import Reach, demand_allowed, post, read_secret, signed_headers
from infra.errors import ReceiverUnreachable
from projections.webhooks.messages import HEADERS

PATIENCE_S = 15.0


class Sent(msgspec.Struct, frozen=True):
    """What became of it."""

    status: int
    message_id: str

    @property
    def is_taken(self) -> bool:
        """Whether the receiver said so."""
        return self.status // 100 == 2  # noqa: PLR2004  # the class of answers that means taken


def send(address: str, secret: str, body: bytes, reach: Reach) -> Sent:
    """Post it; raises `InvalidSecret`, `UnsafeAddress`, `ForbiddenHost` and `ReceiverUnreachable`."""
    demand_allowed(address, reach)
    message_id = f"test_{uuid4().hex}"
    signed = signed_headers(read_secret(secret), message_id, int(time.time()), body)
    try:
        answer = post(address, body, {**HEADERS, **signed}, reach, PATIENCE_S)
    except (OSError, http.client.HTTPException) as problem:
        raise ReceiverUnreachable(str(problem) or type(problem).__name__) from problem
    return Sent(answer.status, message_id)
