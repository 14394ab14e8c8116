"""Mutations: a right sentence made wrong in one place, which the checker has to refuse."""

import re
from collections.abc import Iterator, Mapping, Sequence
from random import Random

from graphql_api.reports.claims import NEUTRAL
from graphql_api.reports.sentences import Filled, Fills, Part, Sentence

_OPPOSITES: Mapping[str, str] = {
    "more": "fewer", "rose": "fell", "grew": "dropped", "up": "down", "climbed": "declined", "increased": "decreased",
    "increase": "decrease", "rise": "drop", "higher": "lower", "above": "below", "busier": "calmer",
    "busiest": "quietest", "most": "fewest", "largest": "smallest", "longer": "shorter", "longest": "shortest",
    "gained": "lost", "growth": "decline", "inward": "outward", "whole": "half", "all": "no", "complete": "incomplete",
    "left": "entered", "came": "left", "entered": "left", "not": "surely", "no": "many", "nobody": "everybody",
    "plus": "minus", "highest": "lowest", "peaked": "dipped", "fullest": "emptiest", "same": "other", "dark": "bright",
}  # fmt: skip
FLIPS = {**_OPPOSITES, **{right: left for left, right in reversed(list(_OPPOSITES.items()))}}
_JAPANESE = {
    "増": "減", "多": "少", "長く": "短く", "長い": "短い", "内": "外", "伸び": "落ち", "最も": "少し", "同": "別",
    "すべて": "一部", "休みなく": "休みながら", "賑わ": "寂れ", "退店": "来店", "不明": "判明", "届け": "送り",
    "ません": "ます", "最大": "最小",
}  # fmt: skip
OTHER_WAY = {**_JAPANESE, **{right: left for left, right in _JAPANESE.items()}}
_WORD = re.compile(r"[a-z]+", re.IGNORECASE)


def mutations(sentence: Sentence, fills: Fills, random: Random) -> Iterator[tuple[str, Sentence]]:
    """Yield wrong versions of a sentence, each with the kind of its mistake."""
    parts = list(sentence.parts)
    slots = [at for at, part in enumerate(parts) if isinstance(part, Filled) and part.slot.claim not in NEUTRAL]
    yield from _swapped(parts, slots)
    yield from _taken_from_others(parts, slots, fills, random)
    yield from _changed_digits(parts, slots, random)
    yield from _flipped(parts)
    yield from _borrowed(parts, slots, fills, random)


def _swapped(parts: Sequence[Part], slots: Sequence[int]) -> Iterator[tuple[str, Sentence]]:
    """Exchange two slots of the sentence."""
    for number, first in enumerate(slots):
        for second in slots[number + 1 :]:
            if _text(parts[first]) != _text(parts[second]):
                wrong = list(parts)
                wrong[first], wrong[second] = wrong[second], wrong[first]
                yield "two slots exchanged", Sentence(wrong)


def _taken_from_others(
    parts: Sequence[Part], slots: Sequence[int], fills: Fills, random: Random
) -> Iterator[tuple[str, Sentence]]:
    """Put another slot of the report, with its own right text, where one belongs."""
    for at in slots:
        own = parts[at]
        assert isinstance(own, Filled)  # noqa: S101  # these are the slots
        others = [slot for slot in fills if slot.claim not in {own.slot.claim, *NEUTRAL} and fills[slot] != own.text]
        if others:
            other = random.choice(sorted(others))
            yield "another claim's slot", _with(parts, at, Filled(other, fills[other]))


def _borrowed(
    parts: Sequence[Part], slots: Sequence[int], fills: Fills, random: Random
) -> Iterator[tuple[str, Sentence]]:
    """Put the text of another slot into one: a right figure in a wrong place."""
    for at in slots:
        own = parts[at]
        assert isinstance(own, Filled)  # noqa: S101  # these are the slots
        others = [text for text in fills.values() if text != own.text]
        if others:
            yield "another slot's text", _with(parts, at, Filled(own.slot, random.choice(sorted(others))))


def _changed_digits(parts: Sequence[Part], slots: Sequence[int], random: Random) -> Iterator[tuple[str, Sentence]]:
    for at in slots:
        own = parts[at]
        assert isinstance(own, Filled)  # noqa: S101  # these are the slots
        places = [place for place, letter in enumerate(own.text) if letter.isdigit()]
        if places:
            place = random.choice(places)
            digit = str((int(own.text[place]) + random.randrange(1, 10)) % 10)
            yield (
                "a digit changed",
                _with(parts, at, Filled(own.slot, own.text[:place] + digit + own.text[place + 1 :])),
            )


def _flipped(parts: Sequence[Part]) -> Iterator[tuple[str, Sentence]]:
    """Turn one word into its opposite."""
    for at, part in enumerate(parts):
        if isinstance(part, str):
            for found in re.finditer("|".join(OTHER_WAY), part):
                other = OTHER_WAY[found[0]]
                yield "a word turned round", _with(parts, at, part[: found.start()] + other + part[found.end() :])
            for found in _WORD.finditer(part):
                if opposite := FLIPS.get(found[0].lower()):
                    yield (
                        "a word turned round",
                        _with(parts, at, part[: found.start()] + opposite + part[found.end() :]),
                    )


def _with(parts: Sequence[Part], at: int, part: Part) -> Sentence:
    return Sentence([*parts[:at], part, *parts[at + 1 :]])


def _text(part: Part) -> str:
    return part if isinstance(part, str) else part.text
