"""The corpus that the writer learns from: invented selections of claims, and a report about each."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random

import msgspec

from graphql_api.reports.claims import CLAIMS, is_demanded

FOLDER = Path(__file__).parent
SLOT = re.compile(r"<([a-z_]+)\.([a-z]+)>")
MOST_SENTENCES = 9
SAID = 0.85
"""Chance that a claim that may be left out is said."""
JOINED = 0.5
"""Chance that two claims that can be said in one sentence are."""
OPENED = 0.12

Present = Mapping[str, Sequence[str]]
"""The claims of a report with the fields that they have."""


class Grammar(msgspec.Struct, frozen=True):
    """The sentences of one language, by the claims that each makes."""

    sentences: Mapping[tuple[str, ...], Sequence[str]]
    openers: Sequence[str]


class Pair(msgspec.Struct, frozen=True):
    """What the writer is told, and what it should write."""

    slots: Sequence[str]
    sentences: Sequence[str]


def read_grammar(language: str) -> Grammar:
    """Read a language's sentences."""
    read = tomllib.loads((FOLDER / f"{language}.toml").read_text())
    sentences = {tuple(claims.split("+")): tuple(told) for claims, told in read["sentences"].items()}
    return Grammar(sentences=sentences, openers=tuple(read["openers"]["words"]))


def pairs(grammar: Grammar, seed: int, count: int) -> Iterator[Pair]:
    """Yield as many pairs; equal seeds give equal pairs."""
    random = Random(seed)  # nothing secret
    for _ in range(count):
        present = invent(random)
        slots = [f"<{claim}.{field}>" for claim, fields in present.items() for field in fields]
        random.shuffle(slots)
        yield Pair(slots=slots, sentences=report(grammar, present, random))


def invent(random: Random) -> Present:
    """Invent a selection of claims such as a store's facts give."""
    chosen = ["store", "period", *_doors(random), *_zones(random), *_lines(random), *_cameras(random)]
    if random.random() < 0.3:  # noqa: PLR2004  # as often as reports are asked for before the period is over
        chosen.append("running")
    drop = {
        claim: "dwell"
        for claim in ("busy", "only")
        if random.random() < 0.2  # noqa: PLR2004  # nobody has left yet
    }
    return {claim: [each for each in CLAIMS[claim] if each != drop.get(claim)] for claim in chosen}


def _some(random: Random, chances: Mapping[str, float]) -> list[str]:
    return [claim for claim, chance in chances.items() if random.random() < chance]


def _doors(random: Random) -> list[str]:
    visits = random.choices(
        ["visits_up", "visits_down", "visits_same", "visits_first", "visits_apart", "visits_zero", "visits_unseen",
         "visits_unknown"],
        [6, 6, 2, 3, 3, 2, 1, 2],
    )[0]  # fmt: skip
    if visits in {"visits_zero", "visits_unseen", "visits_unknown"}:
        return [visits, *_some(random, {"left": 0.1})]
    length = random.choice([[], ["length_up"], ["length_down"], ["length_same"], ["length_first"]])
    peak = random.choice([[], ["peak"], ["peak"], ["peak", "quiet"], ["peak_tie"]])
    return [visits, *peak, *length, *_some(random, {"left": 0.7, "inside": 0.7})]


def _zones(random: Random) -> list[str]:
    shape = random.choices(["whole", "one", "empty", "partial", "none"], [10, 2, 1, 4, 1])[0]
    if shape == "one":
        return ["only"]
    if shape == "empty":
        return ["idle_all"]
    if shape == "partial":
        return _some(random, {"seen": 0.8, "blind": 0.6, "idle": 0.3, "riser": 0.2, "faller": 0.2})
    if shape == "none":
        return []
    top = random.choice([["busy", "long"], ["busy", "long"], ["busylong"], ["busy_tie", "long"], ["busy", "long_tie"],
                         ["busy"], ["busy_tie"]])  # fmt: skip
    return [*top, *_some(random, {"least": 0.5, "riser": 0.4, "faller": 0.4, "idle": 0.35})]


def _lines(random: Random) -> list[str]:
    return random.choice([[], ["line_in"], ["line_out"], ["line_even"], ["line_zero"]])


def _cameras(random: Random) -> list[str]:
    return random.choices(
        [["cams_all"], ["cams_part"], ["cams_dark"], ["cams_part", "cams_dark"], ["cams_unknown"]], [5, 4, 2, 2, 1]
    )[0]


def report(grammar: Grammar, present: Present, random: Random) -> list[str]:
    """Write a report about some claims: which of them, in which order and words, is left to chance."""
    groups = _grouped(grammar, _ordered(_selected(present, random), random), random)
    sentences: list[str] = []
    for group in groups:
        sentence = _sentence(grammar.sentences[group], present, random)
        if sentences and random.random() < OPENED and not sentence.startswith("<"):
            sentence = random.choice(grammar.openers) + sentence[0].lower() + sentence[1:]
        sentences.append(sentence)
    return sentences


def _selected(present: Present, random: Random) -> list[str]:
    claims = [claim for claim in present if claim not in {"store", "period"}]
    kept = [claim for claim in claims if is_demanded(claim)]
    rest = [claim for claim in claims if not is_demanded(claim) and random.random() < SAID]
    random.shuffle(rest)
    return kept + rest[: max(0, MOST_SENTENCES - len(kept))]


def _ordered(claims: list[str], random: Random) -> list[str]:
    """Put the visits first, mostly; the doors before the zones, mostly; the cameras first or last."""
    cameras_first = random.random() < 0.15  # noqa: PLR2004  # the usual place is the end

    def place(claim: str) -> tuple[float, float]:
        if claim.startswith("cams_"):
            return (-1 if cameras_first else 9), random.random()
        if claim == "running":
            return random.choice([0, 8]), random.random()
        if claim.startswith("visits_"):
            return 1, 0
        doors = claim.startswith(("left", "peak", "quiet", "inside", "length"))
        return (2 if doors else 3 if random.random() < 0.85 else 2), random.random()  # noqa: PLR2004  # mostly

    return sorted(claims, key=place)


def _grouped(grammar: Grammar, claims: list[str], random: Random) -> list[tuple[str, ...]]:
    """Join claims that have sentences in common, now and then."""
    left = list(claims)
    for pair in grammar.sentences:
        if len(pair) > 1 and all(claim in left for claim in pair) and random.random() < JOINED:
            place = left.index(pair[0])
            left = [claim for claim in left if claim not in pair]
            left.insert(min(place, len(left)), "+".join(pair))
    return [tuple(each.split("+")) for each in left]


def _sentence(choices: Sequence[str], present: Present, random: Random) -> str:
    for _ in range(50):
        sentence = expand(random.choice(choices), random)
        if all(field in present.get(claim, ()) for claim, field in SLOT.findall(sentence)):
            return sentence[0].upper() + sentence[1:]
    raise ValueError(f"no sentence of {choices[0]!r} does without the fields that {present} lacks")


def expand(template: str, random: Random) -> str:
    """Choose one of each `[…|…]`, innermost last."""
    written, rest = _expanded(template, random, 0)
    assert rest == len(template), template  # noqa: S101  # a bracket too many in our own file
    return written


def _expanded(template: str, random: Random, at: int) -> tuple[str, int]:
    options = [""]
    while at < len(template) and template[at] != "]":
        letter = template[at]
        if letter == "[":
            chosen, at = _expanded(template, random, at + 1)
            options[-1] += chosen
        elif letter == "|":
            options.append("")
        else:
            options[-1] += letter
        at += 1
    return random.choice(options), at
