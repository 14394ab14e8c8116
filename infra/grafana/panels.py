"""Every panel of the dashboard, as one table. `make schemas` writes dashboards/shopfloor.json from it."""

import msgspec

WINDOW = "5m"


class Query(msgspec.Struct, frozen=True):
    """One expression for Prometheus."""

    expression: str
    legend: str = ""
    """Labels in double braces; Prometheus' own name of the series if absent."""


class Panel(msgspec.Struct, frozen=True):
    """One panel."""

    title: str
    queries: tuple[Query, ...]
    unit: str = "short"
    """As Grafana names units: s, bytes, percentunit, reqps, short."""
    single: bool = False
    """Whether it shows the newest value alone, as a number."""


class Row(msgspec.Struct, frozen=True):
    """Panels that are about one thing."""

    title: str
    panels: tuple[Panel, ...]


def _rate(counter: str, by: str = "") -> str:
    return f"sum{f' by ({by})' if by else ''} (rate({counter}[{WINDOW}]))"


def _quantile(share: float, histogram: str, by: str = "") -> str:
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, sum by ({labels}) (rate({histogram}_bucket[{WINDOW}])))"


def _latency(histogram: str, by: str = "") -> tuple[Query, ...]:
    label = f"{{{{{by}}}}} " if by else ""
    return tuple(Query(_quantile(share, histogram, by), f"{label}p{share * 100:.0f}") for share in (0.5, 0.99))


def _age(moment: str) -> str:
    return f"time() - {moment}"


CAMERA = "{{store}}/{{camera}}"

GLANCE = Row(
    "At a glance",
    (
        Panel("Cameras that deliver", (Query("sum(shopfloor_camera_up)"),), single=True),
        Panel("Records that wait", (Query("sum(shopfloor_lag_records)"),), single=True),
        Panel("Dead letters to decide", (Query("shopfloor_open_dead_letters"),), single=True),
        Panel("Newest seal", (Query(_age("shopfloor_sealer_last_seal_timestamp_seconds")),), "s", single=True),
        Panel("Divergences of the record", (Query("sum(shopfloor_record_divergences)"),), single=True),
        Panel("Checks that fail", (Query("sum(1 - shopfloor_check_ok)"),), single=True),
        Panel("Processes that answer", (Query('sum(up{job="shopfloor"})'),), single=True),
        Panel("Version", (Query("count by (version) (shopfloor_build_info)", "{{version}}"),), single=True),
    ),
)
CAMERAS = Row(
    "Cameras and workers",
    (
        Panel("Cameras", (Query("shopfloor_camera_up", CAMERA),)),
        Panel("Frames watched a second", (Query(f"rate(shopfloor_camera_frames_total[{WINDOW}])", CAMERA),)),
        Panel("Age of the last frame", (Query(_age("shopfloor_camera_last_frame_timestamp_seconds"), CAMERA),), "s"),
        Panel("Models that are not believed", (Query("shopfloor_camera_model_suspect", CAMERA),)),
        Panel("Broker takes facts", (Query("shopfloor_broker_up", "{{instance}}"),)),
        Panel("Facts in the spool", (Query("shopfloor_spool_records", "{{instance}}"),)),
        Panel(
            "Spool, share of its limit",
            (Query("shopfloor_spool_bytes / shopfloor_spool_limit_bytes", "{{instance}}"),),
            "percentunit",
        ),
        Panel("Broker owes an answer", (Query("shopfloor_spool_unacknowledged_seconds", "{{instance}}"),), "s"),
    ),
)
RECORD = Row(
    "Record and read models",
    (
        Panel("Records a second", (Query(_rate("shopfloor_records_total"), "records"),)),
        Panel("Records that wait", (Query("shopfloor_lag_records", "partition {{partition}}"),)),
        Panel("Time of a transaction", _latency("shopfloor_batch_seconds"), "s"),
        Panel("Records in a transaction", _latency("shopfloor_batch_records")),
        Panel("Last transaction", (Query(_age("shopfloor_last_batch_timestamp_seconds"), "{{instance}}"),), "s"),
        Panel(
            "Records that were not applied",
            (
                Query(_rate("shopfloor_dead_letters_total"), "dead or parked"),
                Query(_rate("shopfloor_duplicates_total"), "repeated"),
                Query(_rate("shopfloor_seeks_total"), "batches out of place"),
            ),
        ),
        Panel("Facts that policies derived", (Query(_rate("shopfloor_derived_facts_total"), "facts a second"),)),
        Panel("Partitions that stopped", (Query("sum(shopfloor_partition_stopped) or vector(0)", "partitions"),)),
    ),
)
ANSWERS = Row(
    "Answers",
    (
        Panel(
            "Operations a second",
            (Query(_rate("shopfloor_graphql_operations_total", "kind, outcome"), "{{kind}} {{outcome}}"),),
            "reqps",
        ),
        Panel("Time of operations", _latency("shopfloor_graphql_seconds", "kind"), "s"),
        Panel("Errors by code", (Query(_rate("shopfloor_graphql_errors_total", "code"), "{{code}}"),), "reqps"),
        Panel("Subscribers", (Query("shopfloor_graphql_subscriptions", "{{instance}}"),)),
        Panel("Documents", (Query(_rate("shopfloor_graphql_documents_total", "cache"), "{{cache}}"),), "reqps"),
        Panel(
            "Lines of tills a second",
            (Query(_rate("shopfloor_ingest_sales_total", "outcome"), "{{outcome}}"),),
            "reqps",
        ),
        Panel("Checks of readiness", (Query("shopfloor_check_ok", "{{check}}"),)),
    ),
)
SEALS = Row(
    "Seals and monitor",
    (
        Panel("Oldest record that is not safe", (Query("shopfloor_exposure_seconds", "until {{until}}"),), "s"),
        Panel("Last run of the sealer", (Query(_age("shopfloor_sealer_last_run_timestamp_seconds")),), "s"),
        Panel("Records under the newest seal", (Query("shopfloor_sealer_sealed_records"),)),
        Panel(
            "Seals, made and checked",
            (Query("shopfloor_sealer_checkpoint", "made"), Query("shopfloor_monitor_checkpoint", "checked")),
        ),
        Panel("Troubles of sealing", (Query(_rate("shopfloor_sealer_troubles_total"), "a second"),)),
        Panel("Last look of the monitor", (Query(_age("shopfloor_monitor_last_look_timestamp_seconds")),), "s"),
        Panel("Looks a second", (Query(_rate("shopfloor_monitor_looks_total")),)),
        Panel("Records compared", (Query("shopfloor_monitor_verified_records", "{{side}}"),)),
        Panel("One way over everything", (Query("shopfloor_monitor_round_seconds"),), "s"),
        Panel("Copies that cannot be looked at", (Query("shopfloor_monitor_unreachable", "{{side}}"),)),
        Panel("Divergences", (Query("shopfloor_record_divergences", "{{side}}"),)),
    ),
)
WEBHOOKS = Row(
    "Webhooks",
    (
        Panel(
            "Attempts a second", (Query(_rate("shopfloor_webhook_attempts_total", "outcome"), "{{outcome}}"),), "reqps"
        ),
        Panel("Time of answers", _latency("shopfloor_webhook_seconds"), "s"),
        Panel("Without an answer yet", (Query("shopfloor_webhook_in_flight"),)),
        Panel("Subscriptions", (Query("shopfloor_webhook_subscriptions", "{{instance}}"),)),
    ),
)
MODELS = Row(
    "Models as a service",
    (
        Panel(
            "Requests a second",
            (Query(_rate("shopfloor_inference_requests_total", "model, outcome"), "{{model}} {{outcome}}"),),
            "reqps",
        ),
        Panel("Time of requests", _latency("shopfloor_inference_seconds", "model"), "s"),
        Panel(
            "Places taken",
            (Query("shopfloor_inference_waiting / shopfloor_inference_places", "{{model}}"),),
            "percentunit",
        ),
    ),
)
EDGE = Row(
    "Bridge from a Redis",
    (
        Panel("Bridges that carry", (Query("sum(shopfloor_bridge_carries)"),)),
        Panel("Reaches Redis and Kafka", (Query("shopfloor_bridge_up", "{{instance}}"),)),
        Panel(
            "Records that wait",
            (
                Query("shopfloor_bridge_waiting_records", "in Redis"),
                Query("shopfloor_bridge_pending_records", "given to Kafka"),
            ),
        ),
        Panel("Oldest record that waits", (Query("shopfloor_bridge_lag_seconds", "{{instance}}"),), "s"),
        Panel(
            "Records a second",
            (
                Query(_rate("shopfloor_bridge_carried_records_total"), "carried"),
                Query(_rate("shopfloor_bridge_refused_records_total"), "into quarantine"),
            ),
        ),
        Panel("Taken over", (Query("shopfloor_bridge_claims_total", "{{instance}}"),)),
    ),
)
PROCESSES = Row(
    "Processes",
    (
        Panel("Processor cores", (Query(f"rate(process_cpu_seconds_total[{WINDOW}])", "{{instance}}"),)),
        Panel("Memory", (Query("process_resident_memory_bytes", "{{instance}}"),), "bytes"),
        Panel(
            "Open files, share of the limit",
            (Query("process_open_fds / process_max_fds", "{{instance}}"),),
            "percentunit",
        ),
        Panel("Running for", (Query(_age("process_start_time_seconds"), "{{instance}}"),), "s"),
        Panel("Room on the data folder's disk", (Query("min(shopfloor_disk_free_bytes)"),), "bytes"),
        Panel("Answers to Prometheus", (Query('up{job="shopfloor"}', "{{instance}}"),)),
    ),
)

ROWS = (GLANCE, CAMERAS, RECORD, ANSWERS, SEALS, WEBHOOKS, MODELS, EDGE, PROCESSES)
