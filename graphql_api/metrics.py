"""What the API tells Prometheus."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)


class Metrics:
    """Counters of one server, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._operations = Counter(
            "shopfloor_graphql_operations",
            "Operations by outcome",
            ["kind", "outcome"],
            registry=self.registry,
        )
        self._errors = Counter("shopfloor_graphql_errors", "Errors by code", ["code"], registry=self.registry)
        self._seconds = Histogram(
            "shopfloor_graphql_seconds",
            "Time of queries and mutations",
            ["kind"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self._documents = Counter(
            "shopfloor_graphql_documents", "Documents, examined before or not", ["cache"], registry=self.registry
        )
        self.subscriptions = Gauge("shopfloor_graphql_subscriptions", "Subscribers now", registry=self.registry)
        self._sales = Counter(
            "shopfloor_ingest_sales", "Lines of tills by what became of them", ["outcome"], registry=self.registry
        )
        self._well = Gauge(
            "shopfloor_check_ok", "1 where a check of /health/ready is ok", ["check"], registry=self.registry
        )

    def checked(self, well: Mapping[str, bool]) -> None:
        """Take how the checks of readiness are."""
        for name, is_well in well.items():
            self._well.labels(name).set(is_well)

    def operation(self, kind: str, outcome: str, seconds: float | None) -> None:
        """Count an operation that ended; a subscription has no time."""
        self._operations.labels(kind, outcome).inc()
        if seconds is not None:
            self._seconds.labels(kind).observe(seconds)

    def error(self, code: str) -> None:
        """Count an error that was told to a client."""
        self._errors.labels(code).inc()

    def document(self, *, hit: bool) -> None:
        """Count a document that was, or was not, parsed and validated before."""
        self._documents.labels("hit" if hit else "miss").inc()

    def ingested(self, **outcomes: int) -> None:
        """Count lines that tills sent."""
        for outcome, lines in outcomes.items():
            self._sales.labels(outcome).inc(lines)

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self.registry)
