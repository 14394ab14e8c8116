"""What a report can say: the claims, each with the fields that a sentence about it may show.

A slot is `claim.field`. It carries what is claimed (`visits_up.n`: this many came in, and that is more than before), so
that a sentence can be checked against it word by word. Slots belong to no language.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec


class Slot(msgspec.Struct, frozen=True, order=True):
    """A place in a sentence that code fills: a field of a claim."""

    claim: str
    field: str

    @property
    def token(self) -> str:
        """How the language model writes it."""
        return f"<{self.claim}.{self.field}>"


COMPARED = ("n", "change", "before")
CLAIMS: Mapping[str, Sequence[str]] = {
    "store": ("name",),
    "period": ("on",),
    "running": ("until",),
    "visits_up": COMPARED,
    "visits_down": COMPARED,
    "visits_same": ("n", "before"),
    "visits_first": ("n",),
    "visits_apart": ("n",),
    "visits_zero": ("n",),
    "visits_unseen": ("n",),
    "visits_unknown": ("n",),
    "left": ("n",),
    "peak": ("when", "n"),
    "peak_tie": ("when", "n"),
    "quiet": ("when", "n"),
    "inside": ("n", "when"),
    "length_up": ("typical", "before"),
    "length_down": ("typical", "before"),
    "length_same": ("typical", "before"),
    "length_first": ("typical",),
    "busy": ("zone", "n", "dwell"),
    "busylong": ("zone", "n", "dwell"),
    "busy_tie": ("zones", "n"),
    "long": ("zone", "dwell"),
    "long_tie": ("zones", "dwell"),
    "least": ("zone", "n"),
    "only": ("zone", "n", "dwell"),
    "seen": ("zone", "n"),
    "riser": ("zone", *COMPARED),
    "faller": ("zone", *COMPARED),
    "idle": ("zones",),
    "idle_all": ("zones",),
    "blind": ("zones",),
    "line_in": ("line", "inward", "outward"),
    "line_out": ("line", "inward", "outward"),
    "line_even": ("line", "inward", "outward"),
    "line_zero": ("line",),
    "cams_all": ("n",),
    "cams_part": ("list",),
    "cams_dark": ("list",),
    "cams_unknown": ("n",),
}
"""Every claim with its fields; the order of the claims is that of a report by rules."""

NEUTRAL = frozenset({"store", "period"})
"""They say what the report is about, and may stand beside any claim."""

DEMANDED = ("visits_", "cams_", "blind", "running", "busy", "only", "seen")
"""A report is not complete without its claims that begin so."""


def every_slot() -> Iterator[Slot]:
    """Yield every slot that there is."""
    for claim, fields in CLAIMS.items():
        for field in fields:
            yield Slot(claim, field)


def is_demanded(claim: str) -> bool:
    """Tell whether a report that has this claim among its facts must say it."""
    return claim.startswith(DEMANDED)
