"""Names from the layout in a sentence: data, whatever they say."""

import re
import unicodedata

MOST_LETTERS = 60
MOST_WORDS = 4
_PLAIN = re.compile(r"[\w\-&/'’ ]+")


def shown(name: str) -> str:
    """Return a name as a sentence may hold it: in quotes, unless it can be taken for nothing but a name.

    It stays on its line and moves no cursor; what is longer than sixty letters is cut.
    """
    visible = "".join(letter if unicodedata.category(letter)[0] not in "CZ" else " " for letter in name)
    flat = " ".join(visible.split())
    if len(flat) > MOST_LETTERS:
        flat = f"{flat[: MOST_LETTERS - 1]}…"
    if _PLAIN.fullmatch(flat) and len(flat.split()) <= MOST_WORDS:
        return flat
    return f"“{flat.replace('“', '‘').replace('”', '’')}”"
