"""What the server of models tells Prometheus, as it is at the moment of asking."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from vision_workers.serving.store import ServedModels

SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
ANSWERED, REFUSED, FULL, FAILED = "answered", "refused", "full", "failed"


class Metrics:
    """Counters of one server, in a registry of its own."""

    def __init__(self, models: ServedModels) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "shopfloor_inference_requests",
            "Requests for a model's answer by outcome",
            ["model", "outcome"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "shopfloor_inference_seconds", "Time of requests", ["model"], buckets=SECONDS, registry=self.registry
        )
        for each in models.usable:
            for outcome in (ANSWERED, REFUSED, FULL, FAILED):
                self._requests.labels(each.model.name, outcome)
        self.registry.register(_Queues(models))

    def asked(self, model: str, status: int, seconds: float) -> None:
        """Take how a request for a model's answer ended."""
        self._requests.labels(model, _outcome(status)).inc()
        self._seconds.labels(model).observe(seconds)


class _Queues(Collector):
    def __init__(self, models: ServedModels) -> None:
        self._models = models

    def collect(self) -> Iterator[Metric]:
        taken = GaugeMetricFamily("shopfloor_inference_waiting", "Requests without an answer yet", labels=["model"])
        places = GaugeMetricFamily("shopfloor_inference_places", "Requests that are taken at once", labels=["model"])
        for each in self._models.usable:
            taken.add_metric([each.model.name], each.queue.taken)
            places.add_metric([each.model.name], each.queue.places)
        yield from (taken, places)

    def describe(self) -> list[Metric]:
        return []


def _outcome(status: int) -> str:
    if status == 200:  # noqa: PLR2004 - HTTP's own
        return ANSWERED
    if status == 429:  # noqa: PLR2004 - HTTP's own
        return FULL
    return REFUSED if status < 500 else FAILED  # noqa: PLR2004 - HTTP's own
