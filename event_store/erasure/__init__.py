"""Keys of subjects, consent, and forgetting: personal fields that can be taken away while the record stays."""

from event_store.erasure.consents import Consents
from event_store.erasure.evidence import Evidence
from event_store.erasure.forgetting import Forgetting, Forgotten, Tombstone, find_tombstone
from event_store.erasure.keeper import ROLE, Keeper
from event_store.erasure.masters import Masters
from event_store.erasure.subjects import Subject, read_subject

__all__ = [
    "ROLE",
    "Consents",
    "Evidence",
    "Forgetting",
    "Forgotten",
    "Keeper",
    "Masters",
    "Subject",
    "Tombstone",
    "find_tombstone",
    "read_subject",
]
