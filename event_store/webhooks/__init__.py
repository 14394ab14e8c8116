"""Signed messages to addresses of others: checkpoints and facts go out by this, and by nothing else."""

from event_store.webhooks.addresses import OPERATOR, PUBLIC, Reach, demand_allowed
from event_store.webhooks.http import Answer, post
from event_store.webhooks.signatures import make_secret, read_secret, signed_headers

__all__ = [
    "OPERATOR", "PUBLIC", "Answer", "Reach", "demand_allowed", "make_secret", "post", "read_secret", "signed_headers",
]  # fmt: skip
