"""Whether a sentence says what the facts say: refuses every word, number and name that is not theirs.

It knows nothing of who wrote the sentence. A slot says what is claimed; the words around it must say the same, and no
word may say anything else. Every word of a report is in the language's lexicon or inside a slot.
"""

from collections.abc import Iterator, Sequence

import msgspec

from graphql_api.reports.claims import NEUTRAL, Slot
from graphql_api.reports.errors import UnknownPhrase
from graphql_api.reports.lexicon import START, Kind, Lexicon
from graphql_api.reports.sentences import Filled, Fills, Sentence


class _Stretch(msgspec.Struct):
    """A part of a sentence about one claim."""

    claim: str
    phrases: list[str] = []


_Step = str | Slot
"""A phrase, or a slot."""


def refusal(sentence: Sentence, fills: Fills, lexicon: Lexicon) -> str | None:
    """Return why a sentence may not be shown; None where every word of it is right."""
    for part in sentence.parts:
        if isinstance(part, Filled) and fills.get(part.slot) != part.text:
            return f"{part.text!r} is not what the facts say for {part.slot.token}"
    if not sentence.parts or sentence.parts[-1] != _full_stop(sentence):
        return "it does not end as a sentence does"
    try:
        steps = list(_steps(sentence, lexicon))
    except UnknownPhrase as problem:
        return str(problem)
    return _misplaced(steps, lexicon) or _misworded(steps, lexicon)


def _full_stop(sentence: Sentence) -> str | None:
    last = sentence.parts[-1]
    return last if isinstance(last, str) and last.rstrip().endswith((".", "。")) else None


def _steps(sentence: Sentence, lexicon: Lexicon) -> Iterator[_Step]:
    last = len(sentence.parts) - 1
    for number, part in enumerate(sentence.parts):
        if isinstance(part, Filled):
            yield part.slot
        else:
            yield from lexicon.scan(part.rstrip().removesuffix(".").removesuffix("。") if number == last else part)


def _misplaced(steps: Sequence[_Step], lexicon: Lexicon) -> str | None:
    """Return what is wrong with the place of a slot: a count where a name belongs, an earlier figure for this one."""
    seen: set[Slot] = set()
    before: _Step = START
    for step in steps:
        if isinstance(step, Slot):
            if step in seen and step.claim not in NEUTRAL:
                return f"{step.token} is told twice"
            seen.add(step)
            if not _fits(before, kind_of(step, lexicon), lexicon):
                return f"{step.token} does not belong behind {before!r}"
        before = step
    return None


def kind_of(slot: Slot, lexicon: Lexicon) -> Kind:
    """Return the kind of a slot, by its field, or by claim and field where these are a kind of their own."""
    name = f"{slot.claim}.{slot.field}"
    kinds = lexicon.kinds.values()
    own = next((kind for kind in kinds if name in kind.fields), None)
    return own or next(kind for kind in kinds if slot.field in kind.fields)


def _fits(before: _Step, kind: Kind, lexicon: Lexicon) -> bool:
    if isinstance(before, Slot):
        before = f"<{kind_name(before, lexicon)}>"
    return before in kind.after


def kind_name(slot: Slot, lexicon: Lexicon) -> str:
    """Return the name of a slot's kind."""
    kind = kind_of(slot, lexicon)
    return next(name for name, each in lexicon.kinds.items() if each is kind)


def _misworded(steps: Sequence[_Step], lexicon: Lexicon) -> str | None:
    """Return what is wrong with the words beside the claims."""
    stretches = _stretches(steps, lexicon)
    if stretches is None:
        return "it mixes two claims"
    if not stretches:
        return "it says nothing that can be checked"
    for known in stretches:
        if foreign := [phrase for phrase in known.phrases if phrase not in lexicon.allowed(known.claim)]:
            return f"{foreign[0]!r} does not say {known.claim}"
        if lacking := lexicon.lacking(known.claim, frozenset(known.phrases)):
            return f"it does not say {known.claim} ({lacking})"
    return None


def _stretches(steps: Sequence[_Step], lexicon: Lexicon) -> list[_Stretch] | None:
    """Part a sentence by what it claims; None where a claim begins without a boundary before it."""
    done: list[_Stretch] = []
    waiting: list[str] = []
    for step in steps:
        if isinstance(step, str):
            waiting.append(step)
        elif step.claim not in NEUTRAL:
            if not done:
                done.append(_Stretch(claim=step.claim))
            elif done[-1].claim != step.claim:
                cut = next((at for at, phrase in enumerate(waiting) if phrase in lexicon.boundaries), None)
                if cut is None:
                    return None
                done[-1].phrases += waiting[:cut]
                waiting = waiting[cut:]
                done.append(_Stretch(claim=step.claim))
            done[-1].phrases += waiting
            waiting = []
    if done:
        done[-1].phrases += waiting
    return done
