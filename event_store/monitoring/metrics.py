"""What the monitor tells Prometheus."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge

from event_store.monitoring.monitor import Look

SIDES = ("ledger", "kafka", "tiles", "seals")
COPIES = ("ledger", "kafka")


class Metrics:
    """Gauges of one process, in a registry that the caller may serve."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._divergences = self._gauge("record_divergences", "Places that are not what was sealed", "side")
        self._unreachable = self._gauge("monitor_unreachable", "1 where a copy could not be looked at", "side")
        self._verified = self._gauge("monitor_verified_records", "Records that were compared with seals", "side")
        self._checkpoint = self._gauge("monitor_checkpoint", "Size of the log of seals that was checked")
        self._looked = self._gauge("monitor_last_look_timestamp_seconds", "When the monitor last looked")
        self._round = self._gauge("monitor_round_seconds", "How long the last way over everything took")
        self._exposure = self._gauge("exposure_seconds", "Age of the oldest record that is not safe yet", "until")
        self._looks = Counter("shopfloor_monitor_looks", "Looks at the record", registry=self.registry)

    def looked(self, look: Look, at: float) -> None:
        """Take what a look found."""
        self._looks.inc()
        self._looked.set(at)
        self._checkpoint.set(look.checkpoint)
        self._round.set(look.memory.last_round_ms / 1000)
        for side in SIDES:
            self._divergences.labels(side).set(sum(each.side == side for each in look.divergences))
        for side in COPIES:
            self._unreachable.labels(side).set(side in look.unreachable)
            self._verified.labels(side).set(look.verified[side])

    def exposed(self, seconds: Mapping[str, float]) -> None:
        """Take how old the oldest record is that is not sealed, published, witnessed."""
        for until, age in seconds.items():
            self._exposure.labels(until).set(age)

    def blind(self) -> None:
        """Neither copy could be looked at."""
        for side in COPIES:
            self._unreachable.labels(side).set(1)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"shopfloor_{name}", text, labels, registry=self.registry)
