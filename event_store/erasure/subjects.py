"""Who or what has a key of its own: a visit, a profile, a payment."""

import re
from typing import Literal, cast, get_args

import msgspec

from event_store.erasure.errors import UnusablePurpose, UnusableSubject

Kind = Literal["visit", "profile", "payment"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_RANDOM = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_PURPOSE = re.compile(r"[a-z][a-z0-9_]{0,63}")

WITHOUT_CONSENT = frozenset({"contract", "legal_obligation", "legal_claim"})
"""Purposes that the law allows without asking; every other one demands a consent in force."""


class Subject(msgspec.Struct, frozen=True, order=True):
    """A visit, profile or payment within one organisation."""

    organisation: str
    kind: Kind
    id: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.id}"


def split_subject(text: str) -> tuple[Kind, str]:
    """Return kind and id of `kind/id`; raises `UnusableSubject`."""
    kind, _, name = text.partition("/")
    if kind in {"profile", "payment"} and _RANDOM.fullmatch(name) is None:
        raise UnusableSubject(text, "a profile or payment is named by a random UUID, as the name stays in the record")
    if kind not in get_args(Kind) or _NAME.fullmatch(name) is None:
        raise UnusableSubject(text, f"write one of {', '.join(f'{each}/ID' for each in get_args(Kind))}")
    return cast("Kind", kind), name


def read_subject(organisation: str, text: str) -> Subject:
    """Read `kind/id` of an organisation; raises `UnusableSubject`."""
    return Subject(organisation, *split_subject(text))


def demands_consent(purpose: str) -> bool:
    """Tell whether a purpose needs a consent in force; raises `UnusablePurpose`."""
    if _PURPOSE.fullmatch(purpose) is None:
        raise UnusablePurpose(purpose)
    return purpose not in WITHOUT_CONSENT
