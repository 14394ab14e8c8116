"""The judge: reads a report as a person would and works out from the raw figures whether it is true.

It shares no code with what made the claims, wrote the sentences or checked them. It knows a sentence's text and facts,
and the figures of the store.
"""

from collections.abc import Iterator, Sequence

import msgspec

from graphql_api.reports.report import Said
from graphql_api.reports.told import Told
from infra.report_gate.judged_claims import CLAIMS
from infra.report_gate.reading import WATCHED, Reading


class Wrong(msgspec.Struct, frozen=True):
    """Something in a report that is not so."""

    kind: str
    """`number`, `name`, `claim` or `missing`."""
    why: str
    sentence: str


def judge(said: Sequence[Said], told: Told, language: str) -> list[Wrong]:
    """Return all that is wrong with a report."""
    wrong = [each for sentence in said for each in _sentence(Reading(sentence, told), language)]
    return [*wrong, *_missing(said, told)]


def _sentence(read: Reading, language: str) -> Iterator[Wrong]:
    for number in read.numbers - read.known_numbers:
        yield Wrong("number", f"{number} is in no fact", read.said.text)
    subjects = {fact.subject for fact in read.said.facts}
    for subject in read.named:
        if subject not in subjects:
            yield Wrong("name", f"{subject} is named without a fact", read.said.text)
    for words, holds in CLAIMS[language]:
        if words.search(read.words) and not holds(read):
            yield Wrong("claim", f"{words.pattern!r} does not hold", read.said.text)


def _missing(said: Sequence[Said], told: Told) -> Iterator[Wrong]:
    """Yield what a report has to say and does not: the visitors, each camera that missed something, the blind zones."""
    whole = " ".join(each.text for each in said)
    if not any(fact.measure == "entered" for each in said for fact in each.facts):
        yield Wrong("missing", "how many came", whole)
    subjects = {fact.subject for each in said for fact in each.facts}
    for camera, share in told.now.watched.items():
        if share < WATCHED and f"camera/{camera}" not in subjects:
            yield Wrong("missing", f"camera {camera} watched {share}", whole)
    for zone in told.now.zones:
        unknown = Reading.share_of(told, zone) == 0 and zone.visitors == 0
        if unknown and f"zone/{zone.zone_id}" not in subjects:
            yield Wrong("missing", f"zone {zone.zone_id} was not watched", whole)
