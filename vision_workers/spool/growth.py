"""Whether a recording is an earlier one that grew: its first pieces are all that the earlier one had."""

import hashlib
from collections.abc import Collection, Iterable

import msgspec


class Length(msgspec.Struct, frozen=True):
    """How many pieces a recording has, and what they are."""

    recording: str
    """Digest of its content, by which tellings know it."""
    pieces: int
    pieces_digest: str


class Growth(msgspec.Struct, frozen=True):
    """A recording's own length, and the recording that it was before it grew."""

    length: Length
    grown_from: str | None = None


def measure(recording: str, pieces: Iterable[bytes], earlier: Collection[Length]) -> Growth:
    """Go through a recording once; the longest of the earlier ones that it begins with is what it grew from."""
    wanted = {each.pieces for each in earlier}
    known = {(each.pieces, each.pieces_digest): each.recording for each in earlier if each.pieces > 0}
    so_far, count, grown_from = hashlib.sha256(), 0, None
    for count, piece in enumerate(pieces, 1):
        so_far.update(hashlib.sha256(piece).digest())
        if count in wanted:
            grown_from = known.get((count, so_far.hexdigest()), grown_from)
    return Growth(Length(recording, count, so_far.hexdigest()), grown_from)
