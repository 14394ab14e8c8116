"""What a bridge tells Prometheus."""

import math

from prometheus_client import CollectorRegistry, Counter, Gauge


class Metrics:
    """How far a bridge has come; what waits is known to the one that carries."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.up = self._gauge("bridge_up", "1 while this bridge reaches Redis and Kafka took what it was given last")
        self.carries = self._gauge("bridge_carries", "1 while this bridge carries, 0 while it stands by")
        self.waiting = self._gauge("bridge_waiting_records", "Records in Redis that are not in Kafka yet")
        self.lag = self._gauge("bridge_lag_seconds", "Age of the oldest record in Redis that is not in Kafka yet")
        self.pending = self._gauge("bridge_pending_records", "Records that Kafka was given and has not acknowledged")
        self.carried = self._counter("bridge_carried_records", "Records that this bridge brought to Kafka")
        self.refused = self._counter("bridge_refused_records", "Records that this bridge put into quarantine")
        self.claimed = self._counter("bridge_claims", "How often this bridge took over from another or from nobody")
        self.stand_by()

    def _gauge(self, name: str, what: str) -> Gauge:
        return Gauge(f"shopfloor_{name}", what, registry=self.registry)

    def _counter(self, name: str, what: str) -> Counter:
        return Counter(f"shopfloor_{name}", what, registry=self.registry)

    def stand_by(self) -> None:
        """Tell nothing of what waits any more: the bridge that carries knows."""
        self.carries.set(0)
        for each in (self.waiting, self.lag, self.pending):
            each.set(math.nan)
