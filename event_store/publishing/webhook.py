"""Checkpoints posted to an address, signed as Standard Webhooks are."""

import http.client
import time
from hashlib import sha256

from event_store.export import Sealed
from event_store.merkle.proofs import ReadTile
from event_store.publishing.channels import Taken
from event_store.publishing.errors import Undelivered
from event_store.webhooks import demand_allowed, post, read_secret, signed_headers


class Webhook:
    """Every checkpoint, as the signed note that it is, in the order of sizes; its id is the same at each attempt."""

    every_one = True

    def __init__(self, address: str, secret: str) -> None:
        parts = demand_allowed(address)
        which = sha256(address.encode()).hexdigest()[:8]  # of many services the path is the secret
        self.name = f"webhook {parts.scheme}://{parts.hostname}:{parts.port or 443}/… ({which})"
        self._address = address
        self._secret = read_secret(secret)

    def give(self, sealed: Sealed, before: int, read_seals: ReadTile) -> Taken:  # noqa: ARG002  # the protocol's
        """Post one; only a 2xx counts as taken."""
        size = sealed.seal.number + 1
        text = sealed.note.partition(b"\n\n")[0]
        message_id = f"checkpoint-{size}-{sha256(text).hexdigest()[:16]}"
        headers = signed_headers(self._secret, message_id, int(time.time()), sealed.note)
        try:
            answer = post(self._address, sealed.note, {"content-type": "text/plain; charset=utf-8", **headers})
        except (OSError, http.client.HTTPException) as problem:
            raise Undelivered(self.name, str(problem) or type(problem).__name__) from problem
        if answer.status // 100 != 2:  # noqa: PLR2004  # the class of answers that means taken
            raise Undelivered(self.name, f"status {answer.status}")
        return Taken(size)
