"""A report is what the model proposes and the checker lets pass; rules say what is then still missing."""

from collections.abc import Sequence
from random import Random

from graphql_api.reports.language_model import Wish
from graphql_api.reports.lexicon import read_lexicon
from graphql_api.reports.sheets import fills, make_sheet
from graphql_api.reports.writer import MOST_TRIES, Text, write
from infra.report_gate.edges import EDGES

ENGLISH = read_lexicon("english")
ONE_ZONE = fills(make_sheet(EDGES["one zone that nobody came to"]), "en")
VISITS = "<visits_first.n> came in <period.on>, with nothing earlier to compare it with."
CAMERAS = "<cams_all.n> watched throughout."


class Scripted:
    """Proposes what it was given, one after the other, then always the last."""

    def __init__(self, *sentences: str | None) -> None:
        self._sentences = list(sentences)
        self.wishes: list[Wish] = []

    def propose(self, wish: Wish, written: Sequence[str], random: Random) -> str | None:
        """Return the next one."""
        del written, random
        self.wishes.append(wish)
        return self._sentences.pop(0) if len(self._sentences) > 1 else self._sentences[0]


def _text(written: Text) -> list[str]:
    return [sentence.text for sentence in written.sentences]


def test_what_passes_is_the_report_in_the_models_order() -> None:
    written = write(Scripted(CAMERAS, VISITS, None), ONE_ZONE, ENGLISH, "seed")

    assert _text(written) == [
        "Both cameras watched throughout.",
        "5 people came in on Monday 5 January 2026, with nothing earlier to compare it with.",
    ]
    assert (written.by_rules, written.refused) == (0, 0)


def test_a_refused_sentence_is_asked_for_again() -> None:
    written = write(Scripted("12 people came in.", VISITS, CAMERAS, None), ONE_ZONE, ENGLISH, "seed")

    assert len(written.sentences) == 2
    assert (written.by_rules, written.refused) == (0, 1)


def test_rules_say_what_a_model_that_is_never_right_leaves_out() -> None:
    model = Scripted("Everybody was happy.")

    written = write(model, ONE_ZONE, ENGLISH, "seed")

    assert _text(written) == [
        "5 people came in on Monday 5 January 2026, with nothing earlier to compare it with.",
        "Both cameras watched the whole time.",
    ]
    assert (written.by_rules, written.refused, len(model.wishes)) == (2, MOST_TRIES, MOST_TRIES)


def test_a_report_may_not_end_before_it_is_complete_and_no_claim_is_told_twice() -> None:
    model = Scripted(VISITS, CAMERAS, None)

    write(model, ONE_ZONE, ENGLISH, "seed")

    assert [wish.may_end for wish in model.wishes] == [False, False, True]
    assert [any(slot.claim == "visits_first" for slot in wish.open) for wish in model.wishes] == [True, False, False]


def test_without_a_model_rules_tell_every_claim() -> None:
    sheet = make_sheet(EDGES["a usual day"])

    written = write(None, fills(sheet, "en"), ENGLISH, "seed")

    told = {claim for sentence in written.sentences for claim in sentence.claims}
    assert told | {"store"} == set(sheet.claims)
