"""What can go wrong with keys of subjects, consent and forgetting.

ShopfloorError
└── ErasureError
    ├── UnusableSubject      a name that no visit, profile or payment has
    ├── UnusablePurpose      a purpose that is not one word
    ├── AmbiguousSubject     several organisations know a subject of that name
    ├── UnknownSubject       nothing is held about the subject
    ├── SearchedInPart       archived months could not be searched for the subject
    ├── ForgottenSubject     the subject was forgotten, and stays so
    ├── NoConsent            the purpose demands a consent, and none is in force
    ├── MasterMissing        the master key that wraps the subjects' keys is not in the folder
    ├── UnreadableCipher     a ciphertext that was not made for this subject and field, or was changed
    └── PicturesStuck        evidence pictures that cannot be removed
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from event_store.errors import ShopfloorError


class ErasureError(ShopfloorError):
    """Something between a subject, its key and its consent."""


class UnusableSubject(ErasureError):
    """A name that no visit, profile or payment has."""

    exit_status = 2

    def __init__(self, text: str, cure: str) -> None:
        super().__init__(f"{text!r} names no subject: {cure}")


class UnusablePurpose(ErasureError):
    """A purpose that is not one word."""

    exit_status = 2

    def __init__(self, purpose: str) -> None:
        super().__init__(f"{purpose!r} is no purpose; write one word of a-z, 0-9 and _, such as loyalty")


class AmbiguousSubject(ErasureError):
    """Several organisations know a subject of that name."""

    exit_status = 2

    def __init__(self, subject: str, organisations: Iterable[str]) -> None:
        super().__init__(f"{subject} is known to {', '.join(sorted(organisations))}; say which one with --organisation")


class UnknownSubject(ErasureError):
    """Nothing is held about the subject."""

    def __init__(self, subject: str) -> None:
        super().__init__(
            f"nothing is held about {subject}; check its id, and if it is new try again once `shopfloor doctor` "
            "says that no records wait"
        )


class SearchedInPart(ErasureError):
    """Archived months could not be searched for the subject."""

    def __init__(self, subject: str, done: str, problems: Sequence[Exception]) -> None:
        super().__init__(
            f"{subject} {done}, but part of the archive could not be searched, and more stores may know it; run the "
            f"same command again when that is cured: {'; '.join(map(str, problems))}"
        )


class ForgottenSubject(ErasureError):
    """The subject was forgotten, and stays so."""

    def __init__(self, subject: str, at: datetime) -> None:
        super().__init__(
            f"{subject} was forgotten at {at.isoformat(timespec='seconds')} and gets no new key; "
            "a person who comes again gets a new id"
        )


class NoConsent(ErasureError):
    """The purpose demands a consent, and none is in force."""

    def __init__(self, subject: str, purpose: str) -> None:
        super().__init__(
            f"no consent of {subject} to {purpose} is in force; record one with `shopfloor consent give`, or leave it"
        )


class MasterMissing(ErasureError):
    """The master key that wraps the subjects' keys is not in the folder."""

    def __init__(self, folder: Path, name: str) -> None:
        super().__init__(f"the master key {name} is not in {folder}; set SHOPFLOOR_KEYS, or restore it from its copy")


class UnreadableCipher(ErasureError):
    """A ciphertext that was not made for this subject and field, or was changed."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} cannot be decrypted: it was made for another subject or field, or was changed")


class PicturesStuck(ErasureError):
    """Evidence pictures that cannot be removed."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"pictures in {path} cannot be removed: {why}; mend that and run the same command again")
