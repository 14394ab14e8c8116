"""A small run of the gate: reports of the real writers, judged; and whether the judge can tell."""

import pytest

from graphql_api.reports.lexicon import read_lexicon
from graphql_api.reports.report import cited, loaded
from graphql_api.reports.sheets import LANGUAGES, fills, make_sheet
from graphql_api.reports.writer import write
from infra.report_gate.edges import EDGES
from infra.report_gate.gate import run
from infra.report_gate.judge import judge

SEED, COUNT = 20_260_105, 40


@pytest.mark.parametrize("language", LANGUAGES)
def test_reports_about_unseen_stores_and_edge_cases_are_right(language: str) -> None:
    outcome = run(loaded(language), language, SEED, COUNT)

    assert outcome.failed == {}
    assert outcome.lax == []
    assert outcome.refused_right == 0
    assert outcome.reports == COUNT + len(EDGES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("written_about", "judged_as", "kind"),
    [
        ("a usual day", "fewer than before", "number"),
        ("a usual day", "fewer than before", "claim"),
        ("a usual day", "a dark camera", "claim"),
        ("a usual day", "first day ever", "claim"),
        ("a usual day", "zones that were watched in part", "claim"),
        ("first day ever", "a usual day", "claim"),
        ("no visitors", "nobody seen, and not always watched", "claim"),
        ("no visitors", "a usual day", "claim"),
        ("a camera that missed some of it", "a usual day", "claim"),
        ("all cameras went dark", "a usual day", "claim"),
        ("two zones tie", "first day ever", "claim"),
        ("ties everywhere", "a usual day", "claim"),
    ],
)
def test_a_report_about_another_day_is_judged_wrong(
    language: str, written_about: str, judged_as: str, kind: str
) -> None:
    sheet = make_sheet(EDGES[written_about])
    text = write(None, fills(sheet, language), read_lexicon(LANGUAGES[language][0]), "")

    assert judge(cited(text, sheet), EDGES[written_about], language) == []
    assert kind in {each.kind for each in judge(_as_of(judged_as, sheet, text), EDGES[judged_as], language)}


def _as_of(edge: str, sheet, text):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Cite the other day's facts, where it has the same claims."""
    other = make_sheet(EDGES[edge]).claims
    return cited(text, type(sheet)(claims={**sheet.claims, **other}))


@pytest.mark.parametrize("claim", ["visits_up", "cams_dark", "blind"])
def test_a_report_that_leaves_out_what_it_must_say_is_judged_wrong(claim: str) -> None:
    told = EDGES["a dark camera"]
    sheet = make_sheet(told)
    text = write(None, fills(sheet, "en"), read_lexicon("english"), "")
    said = [
        each for each, sentence in zip(cited(text, sheet), text.sentences, strict=True) if claim not in sentence.claims
    ]

    assert {each.kind for each in judge(said, told, "en")} == {"missing"}
