"""Sealing the record: leaves, trees and signed checkpoints made from the ledger, and read again."""

from event_store.sealing.growing import SEALS, GrowingLog
from event_store.sealing.sealed_record import SealedRecord
from event_store.sealing.sealer import Sealer, sealed_now

__all__ = ["SEALS", "GrowingLog", "SealedRecord", "Sealer", "sealed_now"]
