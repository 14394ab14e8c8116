"""The gate: reports about many invented stores and all edge cases, each judged, and the checker tried by mutation."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from random import Random

import msgspec

from graphql_api.reports.checker import refusal
from graphql_api.reports.lexicon import read_lexicon
from graphql_api.reports.report import cited
from graphql_api.reports.sheets import LANGUAGES, fills, make_sheet
from graphql_api.reports.told import Told
from graphql_api.reports.writer import Model, write
from infra.report_gate.edges import EDGES
from infra.report_gate.invented import invent
from infra.report_gate.judge import Wrong, judge
from infra.report_gate.mutations import mutations

MUTATED = 0.99
"""The share of mutations that the checker has to catch, of each kind."""


class Trial(msgspec.Struct):
    """How the mutations of one kind fared."""

    tried: int = 0
    missed: int = 0

    @property
    def caught(self) -> float:
        """The share that was refused."""
        return 1.0 if self.tried == 0 else 1 - self.missed / self.tried


class Outcome(msgspec.Struct):
    """What the gate found."""

    language: str
    reports: int = 0
    sentences: int = 0
    by_rules: int = 0
    refused: int = 0
    failed: dict[str, list[Wrong]] = {}
    """By the name of the store, what its report says wrongly."""
    trials: dict[str, Trial] = {}
    kinds: Counter[str] = msgspec.field(default_factory=Counter)
    """Wrong statements by kind."""
    refused_right: int = 0
    """Right sentences, written by rules, that the checker refuses."""
    seconds: list[float] = []
    examples: dict[str, str] = {}

    @property
    def lax(self) -> list[str]:
        """The kinds of mutations of which the checker misses too many."""
        return [kind for kind, trial in self.trials.items() if trial.caught < MUTATED]

    def second(self, share: float) -> float:
        """Return how many seconds a report took, at a share of all."""
        return sorted(self.seconds)[min(len(self.seconds) - 1, int(share * len(self.seconds)))]


def run(model: Model | None, language: str, seed: int, count: int, step: Callable[[], None] = lambda: None) -> Outcome:
    """Write and judge a report about each edge case and so many invented stores."""
    outcome, random = Outcome(language=language), Random(seed)  # nothing secret
    lexicon = read_lexicon(LANGUAGES[language][0])
    for name, told in _stores(random, count):
        sheet = make_sheet(told)
        filled = fills(sheet, language)
        began = time.perf_counter()
        text = write(model, filled, lexicon, f"{seed} {name}")
        outcome.seconds.append(time.perf_counter() - began)
        outcome.reports += 1
        outcome.sentences += len(text.sentences)
        outcome.by_rules += text.by_rules if model is not None else 0
        outcome.refused += text.refused
        if wrong := judge(cited(text, sheet), told, language):
            outcome.failed[name] = wrong
            outcome.kinds.update(each.kind for each in wrong)
        for sentence in (*text.sentences, *write(None, filled, lexicon, "").sentences):
            outcome.refused_right += refusal(sentence, filled, lexicon) is not None
        for sentence in text.sentences:
            for kind, mutation in mutations(sentence, filled, random):
                trial = outcome.trials.setdefault(kind, Trial())
                trial.tried += 1
                if refusal(mutation, filled, lexicon) is None:
                    trial.missed += 1
                    outcome.examples.setdefault(kind, f"{sentence.text} → {mutation.text}")
        step()
    return outcome


def _stores(random: Random, count: int) -> Iterator[tuple[str, Told]]:
    yield from EDGES.items()
    for number in range(count):
        yield f"invented store {number}", invent(random)
