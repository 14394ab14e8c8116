"""Signed checkpoints of the record: seals, signed notes, and the folder of keys."""

from event_store.checkpoints.keys import KeyFolder
from event_store.checkpoints.notes import SigningKey, VerifierKey, checkpoint_text, sign, signatures_of, tidy
from event_store.checkpoints.seals import PartitionState, Seal, decode_seal, encode_seal
from event_store.checkpoints.signed import Signed, SignedLog

__all__ = [
    "KeyFolder",
    "PartitionState",
    "Seal",
    "Signed",
    "SignedLog",
    "SigningKey",
    "VerifierKey",
    "checkpoint_text",
    "decode_seal",
    "encode_seal",
    "sign",
    "signatures_of",
    "tidy",
]
