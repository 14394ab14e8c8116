"""The writer of a report: the language model proposes, the checker decides, and rules say what is still missing."""

import re
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Protocol

import msgspec

from graphql_api.reports.checker import refusal
from graphql_api.reports.claims import NEUTRAL, Slot, is_demanded
from graphql_api.reports.language_model import Wish
from graphql_api.reports.lexicon import Lexicon
from graphql_api.reports.sentences import Filled, Fills, Part, Sentence

MOST_SENTENCES = 12
MOST_TRIES = 6
"""So many sentences may be refused in a row; then rules finish the report."""
_SLOT = re.compile(r"<([a-z_]+)\.([a-z]+)>")


class Model(Protocol):
    """Proposes sentences."""

    def propose(self, wish: Wish, written: Sequence[str], random: Random) -> str | None:
        """Return the next sentence; None where the report ends."""


class Text(msgspec.Struct, frozen=True):
    """A report's sentences."""

    sentences: Sequence[Sentence]
    by_rules: int
    """How many of them, the last ones, were written by rules: the model's were refused."""
    refused: int
    """How many sentences of the model were refused."""


def write(model: Model | None, fills: Fills, lexicon: Lexicon, seed: str) -> Text:
    """Write a report about all slots; without a model, by rules alone. Equal seeds give equal texts."""
    random = Random(seed)  # noqa: S311  # nothing secret
    drafted = _Draft(fills, lexicon)
    if model is not None:
        drafted.fill_by(model, random)
    by_model = len(drafted.sentences)
    for sentence in _ruled(drafted, lexicon, everything=model is None):
        drafted.sentences.append(sentence)
    return Text(drafted.sentences, len(drafted.sentences) - by_model, drafted.refused)


class _Draft:
    """A report so far."""

    def __init__(self, fills: Fills, lexicon: Lexicon) -> None:
        self.fills, self._lexicon = fills, lexicon
        self.sentences: list[Sentence] = []
        self.refused = 0
        self._written: list[str] = []

    @property
    def told(self) -> set[str]:
        """The claims that were told."""
        return {claim for sentence in self.sentences for claim in sentence.claims}

    @property
    def missing(self) -> list[str]:
        """The claims without which the report is not complete."""
        return [
            claim
            for claim in dict.fromkeys(slot.claim for slot in self.fills)
            if is_demanded(claim) and claim not in self.told
        ]

    def fill_by(self, model: Model, random: Random) -> None:
        """Take the model's sentences until it ends or was refused too often in a row."""
        slots = sorted(self.fills)
        random.shuffle(slots)
        tries = 0
        while tries < MOST_TRIES and len(self.sentences) < MOST_SENTENCES:
            told = self.told - NEUTRAL
            unused = [slot for slot in slots if slot.claim not in told]
            if all(slot.claim in NEUTRAL for slot in unused):
                return
            proposed = model.propose(Wish(slots, unused, may_end=not self.missing), self._written, random)
            if proposed is None:
                return
            sentence = Sentence(list(parts(proposed, self.fills)))
            if refusal(sentence, self.fills, self._lexicon) is None:
                self.sentences.append(sentence)
                self._written.append(proposed)
                tries = 0
            else:
                self.refused += 1
                tries += 1


def _ruled(draft: _Draft, lexicon: Lexicon, *, everything: bool) -> Iterator[Sentence]:
    """Yield a sentence by rules for each claim that is missing, or for every one."""
    told = draft.told
    present = dict.fromkeys(slot.claim for slot in draft.fills if slot.claim not in NEUTRAL)
    for claim in present:
        if claim not in told and (everything or is_demanded(claim)):
            yield ruled(claim, draft.fills, lexicon.rules)


def ruled(claim: str, fills: Fills, rules: Mapping[str, str]) -> Sentence:
    """Return the sentence that rules have for a claim."""
    return Sentence(list(parts(rules[claim], fills)))


def parts(proposed: str, fills: Fills) -> Iterator[Part]:
    """Part a proposed sentence into words and filled slots; a slot that the facts lack is left as it is written."""
    at = 0
    for found in _SLOT.finditer(proposed):
        if found.start() > at:
            yield proposed[at : found.start()]
        slot = Slot(found[1], found[2])
        yield Filled(slot, fills.get(slot, found[0]))
        at = found.end()
    if proposed[at:]:
        yield proposed[at:]
