"""Witnesses: they see that the log only grows, and cosign it (C2SP tlog-witness and tlog-cosignature)."""

import http.client
from base64 import b64decode, b64encode
from collections.abc import Sequence
from pathlib import Path

from event_store.checkpoints import VerifierKey, signatures_of
from event_store.checkpoints.notes import COSIGNATURE
from event_store.export import Sealed
from event_store.merkle import consistency_proof
from event_store.merkle.proofs import ReadTile
from event_store.publishing.channels import Taken
from event_store.publishing.errors import InvalidWitnesses, Undelivered
from event_store.verifier.notes import read_key
from event_store.webhooks import Answer, demand_allowed, post
from event_store.webhooks.errors import WebhookError

OK, CONFLICT = 200, 409
SIZE = "text/x.tlog.size"


def read_witnesses(path: Path) -> list["Witness"]:
    """Read a list of witnesses, a verifier key and an address a line; raises `InvalidWitnesses`."""
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise InvalidWitnesses(path, 1, f"it cannot be read ({problem})") from problem
    found = []
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or line.startswith("#"):
            continue
        try:
            key, address = words
            demand_allowed(address)
            found.append(Witness(VerifierKey.read(key), address))
        except (ValueError, WebhookError) as problem:
            raise InvalidWitnesses(path, number, str(problem)) from problem
    return found


class Witness:
    """One witness by its key; it takes the newest checkpoint with the proof that it continues the last one it saw."""

    every_one = False

    def __init__(self, key: VerifierKey, address: str) -> None:
        if key.kind != COSIGNATURE:
            raise ValueError(f"the key of {key.name} is no key for cosignatures (type 4)")
        self.name = f"witness {key.name}+{key.id.hex()}"
        self.key = key
        self._address = f"{address.rstrip('/')}/add-checkpoint"

    def give(self, sealed: Sealed, before: int, read_seals: ReadTile) -> Taken:
        """Ask for a cosignature; a witness that has seen another size says so and is asked again from there."""
        size = sealed.seal.number + 1
        answer = self._ask(sealed, before, read_seals)
        if answer.status == CONFLICT and answer.kind == SIZE:
            seen = self._seen(answer, size)
            answer = self._ask(sealed, seen, read_seals)
        if answer.status != OK:
            raise Undelivered(self.name, f"status {answer.status}: {answer.body[:200].decode(errors='replace')}")
        return Taken(size, self._checked(sealed.note, answer.body))

    def _seen(self, answer: Answer, size: int) -> int:
        text = answer.body.decode(errors="replace").strip()
        seen = int(text) if text.isdecimal() and text.isascii() else size + 1
        if seen > size:
            raise Undelivered(self.name, f"it has seen {text[:30]} seals, and there are {size}: is this an older copy?")
        return seen

    def _ask(self, sealed: Sealed, before: int, read_seals: ReadTile) -> Answer:
        proof = consistency_proof(read_seals, before, sealed.seal.number + 1)
        lines = [f"old {before}", *(b64encode(each).decode() for each in proof), ""]
        body = "".join(f"{line}\n" for line in lines).encode() + sealed.note
        try:
            return post(self._address, body, {"content-type": "text/plain; charset=utf-8"})
        except (OSError, http.client.HTTPException) as problem:
            raise Undelivered(self.name, str(problem) or type(problem).__name__) from problem

    def _checked(self, note: bytes, body: bytes) -> Sequence[str]:
        """Return the lines that are by this witness's key; others are of no interest."""
        text = note.partition(b"\n\n")[0] + b"\n"
        try:
            line = signatures_of(text + b"\n" + body, [self.key]).get(self.key, "")
            signature = b64decode(line.rpartition(" ")[2], validate=True)
        except ValueError as problem:
            raise Undelivered(self.name, f"its answer is no signature: {problem}") from problem
        if not read_key(str(self.key)).verifies(text, signature[4:]):
            raise Undelivered(self.name, "its answer holds no valid cosignature by the key that we know")
        return [f"— {self.key.name} {b64encode(signature).decode()}"]
