"""The monitor: derives the roots again from the ledger and from Kafka, and compares both with the signed seals."""

from event_store.monitoring.divergence import Divergence
from event_store.monitoring.monitor import Look, Monitor
from event_store.monitoring.service import Watch, Watching, watch

__all__ = ["Divergence", "Look", "Monitor", "Watch", "Watching", "watch"]
