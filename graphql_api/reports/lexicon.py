"""What the checker knows of a language: phrases, and the claims that they may stand beside."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path

import msgspec

from graphql_api.reports.errors import UnknownPhrase

LANGUAGES = Path(__file__).parent / "languages"
START = "^"
"""What stands before the first phrase of a sentence."""


class Claim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What words about a claim need, one phrase of each group (`a|b` is either), and what they may have besides."""

    needs: Sequence[str]
    may: Sequence[str] = ()


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of slot, by its place: the phrases that may stand before it."""

    fields: Sequence[str]
    after: frozenset[str]


class Lexicon(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """The phrases of one language."""

    spaced: bool
    """Whether words are parted by spaces."""
    boundaries: frozenset[str]
    """Phrases at which a sentence turns from one claim to the next."""
    neutral: frozenset[str]
    """Phrases that claim nothing."""
    groups: Mapping[str, frozenset[str]]
    claims: Mapping[str, Claim]
    kinds: Mapping[str, Kind]
    rules: Mapping[str, str]
    """A sentence for each claim, for a report by rules."""

    @cached_property
    def longest(self) -> int:
        """Letters of the longest phrase."""
        return max(map(len, self.phrases))

    @cached_property
    def phrases(self) -> frozenset[str]:
        """Every phrase that a sentence may hold."""
        return self.neutral.union(self.boundaries, *self.groups.values())

    def scan(self, text: str) -> Iterator[str]:
        """Yield the phrases of a text, each the longest that fits; raises `UnknownPhrase`."""
        rest = " ".join(text.lower().split())
        while rest := rest.lstrip():
            phrase = next((found for found in self._beginnings(rest) if found in self.phrases), None)
            if phrase is None:
                raise UnknownPhrase(rest[:40])
            yield phrase
            rest = rest[len(phrase) :]

    def _beginnings(self, text: str) -> Iterator[str]:
        for length in range(min(self.longest, len(text)), 0, -1):
            inside_a_word = text[length - 1].isalnum() and text[length : length + 1].isalnum()
            if not (self.spaced and inside_a_word):
                yield text[:length]

    def allowed(self, claim: str) -> frozenset[str]:
        """Return the phrases that may stand beside a claim."""
        told = self.claims[claim]
        names = [name for need in told.needs for name in need.split("|")]
        return self.neutral.union(self.boundaries, *(self.groups[name] for name in (*names, *told.may)))

    def lacking(self, claim: str, phrases: frozenset[str]) -> str | None:
        """Return a group of which a claim needs a phrase and has none; None where it has all."""
        for need in self.claims[claim].needs:
            if not any(phrases & self.groups[name] for name in need.split("|")):
                return need
        return None


@lru_cache
def read_lexicon(language: str) -> Lexicon:
    """Read the phrases of a language."""
    return msgspec.toml.decode((LANGUAGES / f"{language}.toml").read_bytes(), type=Lexicon)
