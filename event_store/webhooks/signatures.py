"""Standard Webhooks 1.0: secrets, and the three headers by which a receiver knows who sent a message, and when."""

import os
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import UTC, datetime

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from event_store.webhooks.errors import InvalidMessage, InvalidSecret

_PREFIX = "whsec_"
_LEAST, _MOST = 24, 64
_MADE = 32


def make_secret() -> str:
    """Return a new random secret."""
    return _PREFIX + b64encode(os.urandom(_MADE)).decode()


def read_secret(text: str) -> bytes:
    """Read a secret as Standard Webhooks write it; raises `InvalidSecret`."""
    try:
        secret = b64decode(text.removeprefix(_PREFIX), validate=True)
    except ValueError:
        raise InvalidSecret from None
    if not text.startswith(_PREFIX) or not _LEAST <= len(secret) <= _MOST:
        raise InvalidSecret
    return secret


def signed_headers(secret: bytes, message_id: str, at: int, body: bytes) -> dict[str, str]:
    """Return the headers of a message whose body is text in UTF-8."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": Webhook(secret).sign(message_id, datetime.fromtimestamp(at, UTC), body.decode()),
    }


def demand_signed(secret: bytes, headers: Mapping[str, str], body: bytes) -> None:
    """Check a message as its receiver does; raises `InvalidMessage`."""
    try:
        Webhook(secret).verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError) as problem:
        raise InvalidMessage(str(problem)) from problem
