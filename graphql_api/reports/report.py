"""A report: checked sentences, each with the facts behind it."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Literal

import msgspec

from graphql_api.reports.calendar import Dates
from graphql_api.reports.errors import UnknownLanguage
from graphql_api.reports.evidence import cite
from graphql_api.reports.fact_sheet import Fact, FactSheet
from graphql_api.reports.language_model import LanguageModel
from graphql_api.reports.lexicon import read_lexicon
from graphql_api.reports.period_figures import Ask
from graphql_api.reports.sheets import LANGUAGES, fills, find_told, make_sheet
from graphql_api.reports.writer import Text, write
from graphql_api.reports.writer_folder import default_writer
from projections.read_models.stores import Store

RULES = "rules"
"""Writes in the model's stead where it is not wanted, or was refused."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence with what it rests on."""

    text: str
    facts: Sequence[Fact]
    query: str
    """The questions behind it, as they were asked of the read models."""
    written_by: Literal["model", "rules"]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in a store in a period."""

    store: str
    period: str
    """Such as `2026-01-05`, `2026-W02` or `2026-01`."""
    language: str
    known_until: datetime
    is_over: bool
    writer: str
    """Name and digest of the model, or `rules`."""
    by_rules: int
    """How many sentences rules had to write because the model's were refused."""
    sentences: Sequence[Said]

    @property
    def text(self) -> str:
        """All sentences."""
        return ("" if self.language == "ja" else " ").join(each.text for each in self.sentences)

    @property
    def marks(self) -> Sequence[str]:
        """What a reader should know of how it came about."""
        marks = [] if self.is_over else [f"the period is not over; known up to {self.known_until:%Y-%m-%dT%H:%M:%SZ}"]
        if self.by_rules:
            marks.append(f"{self.by_rules} of {len(self.sentences)} sentences by rules, the model's were refused")
        return marks


class Place(msgspec.Struct, frozen=True):
    """Where a store's facts are recorded."""

    topic: str
    partition: int


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a report is asked for by."""

    dates: Dates
    language: str
    by_model: bool = True
    """Without it rules write all of it."""


async def make_report(ask: Ask, store: Store, place: Place, wanted: Wanted, now: datetime) -> Report:
    """Ask for the figures, write about them and check every sentence; all answers reflect one position.

    Raises `UnknownLanguage`, `FuturePeriod`, `UnusableWriter`.
    """
    if wanted.language not in LANGUAGES:
        raise UnknownLanguage(wanted.language, LANGUAGES)
    told = await find_told(ask, store, wanted.dates, now)
    known = told.now.known
    sheet = await cite(ask, store.key, (place.topic, place.partition), known, make_sheet(told))
    text, writer = await asyncio.to_thread(_written, sheet, wanted, store)
    return Report(
        store=f"{store.organisation}/{store.store}",
        period=str(wanted.dates),
        language=wanted.language,
        known_until=known.end,
        is_over=known.is_over,
        writer=writer,
        by_rules=text.by_rules if wanted.by_model else 0,
        sentences=cited(text, sheet),
    )


def _written(sheet: FactSheet, wanted: Wanted, store: Store) -> tuple[Text, str]:
    name, _ = LANGUAGES[wanted.language]
    model = loaded(wanted.language) if wanted.by_model else None
    writer = RULES
    if model is not None:
        described = model.folder.description
        writer = f"{described.name} {described.digest[:16]}"
    seed = f"{store.organisation}/{store.store} {wanted.dates} {wanted.language}"
    return write(model, fills(sheet, wanted.language), read_lexicon(name), seed), writer


@lru_cache
def loaded(language: str) -> LanguageModel:
    """Return the writer of a language; it is loaded once in a process. Raises `UnusableWriter`."""
    return LanguageModel(default_writer(language))


def cited(text: Text, sheet: FactSheet) -> list[Said]:
    """Put beside each sentence the facts of its claims."""
    first_by_rules = len(text.sentences) - text.by_rules
    said = []
    for number, sentence in enumerate(text.sentences):
        facts = [fact for claim in sentence.claims for fact in sheet.claims[claim].facts]
        queries = dict.fromkeys(fact.query for fact in facts)
        said.append(
            Said(
                text=sentence.text,
                facts=facts,
                query="; ".join(queries),
                written_by="model" if number < first_by_rules else "rules",
            )
        )
    return said
