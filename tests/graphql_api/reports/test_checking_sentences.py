"""The checker lets a sentence pass that says what the facts say, and no other."""

from random import Random

import pytest

from graphql_api.reports.checker import refusal
from graphql_api.reports.claims import CLAIMS, NEUTRAL, Slot
from graphql_api.reports.lexicon import read_lexicon
from graphql_api.reports.sentences import Filled, Sentence
from graphql_api.reports.sheets import LANGUAGES, fills, make_sheet
from graphql_api.reports.training.corpus import pairs, read_grammar
from graphql_api.reports.writer import parts
from infra.report_gate.edges import EDGES
from infra.report_gate.mutations import mutations

ENGLISH = read_lexicon("english")
USUAL = fills(make_sheet(EDGES["a usual day"]), "en")
NAMES = [name for name, _ in LANGUAGES.values()]


def _refusal(text: str) -> str | None:
    return refusal(Sentence(list(parts(text, USUAL))), USUAL, ENGLISH)


@pytest.mark.parametrize(
    "text",
    [
        "<visits_up.n> came in <period.on>, <visits_up.change> more than <visits_up.before>.",
        "<busy.zone> was the busiest zone with <busy.n>, while <least.zone> was the quietest with only <least.n>.",
        "More people crossed <line_in.line> inward than outward: <line_in.inward> against <line_in.outward>.",
        "<cams_all.n> watched the whole time.",
    ],
)
def test_a_right_sentence_passes(text: str) -> None:
    assert _refusal(text) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<visits_up.n> came in, <visits_up.change> fewer than <visits_up.before>.", "'fewer than' does not say"),
        ("<least.zone> was the busiest zone with <busy.n>.", "mixes two claims"),
        ("<least.zone> was the busiest zone with <least.n>.", "'the busiest zone' does not say least"),
        ("<busy.n> was the busiest zone, with <busy.zone>.", "does not belong behind 'with'"),
        ("<busy.zone> was the busiest zone, with 41 visitors.", "does not know the words at '41"),
        ("<busy.zone> was the busiest zone, with <busy.n>, and very profitable.", "does not know the words at 'very"),
        ("<busy.zone> was not the busiest zone, with <busy.n>.", "does not know the words at 'not the busiest"),
        ("<busy.zone> had <busy.n>.", "does not say busy"),
        ("<visits_down.n> came in, <visits_down.change> fewer than <visits_down.before>.", "is not what the facts say"),
        ("<busy.zone> was the busiest zone, with <busy.n>", "does not end"),
        ("There were many visitors.", "does not know the words"),
        ("The store was.", "nothing that can be checked"),
        ("", "does not end"),
        ("<busy.zone>, the busiest zone, was <busy.zone>.", "told twice"),
    ],
)
def test_a_wrong_sentence_is_refused_with_the_reason(text: str, why: str) -> None:
    assert why in str(_refusal(text))


def test_a_slot_with_a_text_that_is_not_its_own_is_refused() -> None:
    slot = Slot("cams_all", "n")

    assert "is not what the facts say" in str(
        refusal(Sentence([Filled(slot, "all 9 cameras"), " watched the whole time."]), USUAL, ENGLISH)
    )


@pytest.mark.parametrize("language", NAMES)
def test_no_right_sentence_of_the_corpus_is_refused(language: str) -> None:
    lexicon, every = read_lexicon(language), {Slot(c, f): "x" for c, fields in CLAIMS.items() for f in fields}
    sentences = {each for pair in pairs(read_grammar(language), 4242, 1_500) for each in pair.sentences}

    refused = [each for each in sentences if refusal(Sentence(list(parts(each, every))), every, lexicon)]
    assert len(sentences) > 900
    assert refused == []


@pytest.mark.parametrize("language", NAMES)
def test_every_claim_has_a_rule_that_passes(language: str) -> None:
    lexicon, every = read_lexicon(language), {Slot(c, f): "x" for c, fields in CLAIMS.items() for f in fields}

    assert set(lexicon.rules) == set(lexicon.claims) == set(CLAIMS) - NEUTRAL
    for rule in lexicon.rules.values():
        assert refusal(Sentence(list(parts(rule, every))), every, lexicon) is None, rule


@pytest.mark.parametrize("language", LANGUAGES)
def test_nearly_every_mutation_of_the_corpus_is_refused(language: str) -> None:
    lexicon, random = read_lexicon(LANGUAGES[language][0]), Random(7)  # noqa: S311 nothing secret
    tried = missed = 0
    for pair in pairs(read_grammar(LANGUAGES[language][0]), 99, 300):
        filled = {
            Slot(*slot[1:-1].split(".")): f"{number + 10} {slot[1:-1]}"
            for number, slot in enumerate(sorted(pair.slots))
        }
        for text in pair.sentences:
            for _, mutation in mutations(Sentence(list(parts(text, filled))), filled, random):
                tried += 1
                missed += refusal(mutation, filled, lexicon) is None

    assert tried > 5_000
    assert missed <= 0.01 * tried
