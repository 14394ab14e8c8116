"""A sentence as it is written and checked: words, and slots with what code filled them with."""

from collections.abc import Mapping, Sequence

import msgspec

from graphql_api.reports.claims import Slot


class Filled(msgspec.Struct, frozen=True):
    """A slot, and the text in it."""

    slot: Slot
    text: str


Part = str | Filled
"""Words, or a slot with its text."""

Fills = Mapping[Slot, str]
"""What the slots of a report are filled with, in one language."""


class Sentence(msgspec.Struct, frozen=True):
    """One sentence, its full stop included."""

    parts: Sequence[Part]

    @property
    def text(self) -> str:
        """The sentence as it is read; it begins with a capital letter, where it does not begin with a name."""
        read = "".join(part if isinstance(part, str) else part.text for part in self.parts)
        first = self.parts[0]
        is_name = isinstance(first, Filled) and first.slot.field in NAMES
        return read if is_name else read[:1].upper() + read[1:]

    @property
    def claims(self) -> Sequence[str]:
        """What it claims, each once, in the order of the words."""
        return list(dict.fromkeys(part.slot.claim for part in self.parts if isinstance(part, Filled)))


NAMES = frozenset({"name", "zone", "zones", "line", "list"})
"""Fields that hold names, which are data and stay as they are."""
