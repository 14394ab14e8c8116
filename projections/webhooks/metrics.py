"""What a dispatcher tells Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Metrics:
    """Counters of one process, in a registry that the caller may serve."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        name = "shopfloor_webhook_attempts"
        self.attempts = Counter(name, "POSTs to subscribers", ["outcome"], registry=self.registry)
        self.seconds = Histogram("shopfloor_webhook_seconds", "How long an answer took", registry=self.registry)
        self.subscriptions = Gauge(
            "shopfloor_webhook_subscriptions", "Subscriptions that this process serves", registry=self.registry
        )
        self.in_flight = Gauge("shopfloor_webhook_in_flight", "POSTs without an answer yet", registry=self.registry)
