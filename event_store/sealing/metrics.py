"""What the sealer tells Prometheus."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge

from event_store.export import Sealed


class Metrics:
    """Gauges of one process, in a registry that the caller may serve."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._ran = self._gauge("sealer_last_run_timestamp_seconds", "When the sealer last sealed what there was")
        self._sealed = self._gauge("sealer_last_seal_timestamp_seconds", "When the newest seal was made")
        self._records = self._gauge("sealer_sealed_records", "Records under the newest seal")
        self._checkpoint = self._gauge("sealer_checkpoint", "Size of the log of seals")
        self._troubles = Counter(
            "shopfloor_sealer_troubles", "Times that sealing or publishing was put off", registry=self.registry
        )

    def sealed(self, sealed: Sealed, at: float) -> None:
        """Take the newest seal, looked at then."""
        self._ran.set(at)
        self._sealed.set(sealed.seal.time_ms / 1000)
        self._records.set(sum(state.size for state in sealed.seal.partitions))
        self._checkpoint.set(sealed.seal.number + 1)

    def put_off(self, troubles: Sequence[Exception]) -> None:
        """Count what is tried again later."""
        self._troubles.inc(len(troubles))

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"shopfloor_{name}", text, registry=self.registry)
