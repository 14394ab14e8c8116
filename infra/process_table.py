"""The processes of an installation. `up`, `doctor`, the metrics and docs/operations.md read this table."""

from collections.abc import Mapping

import msgspec


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of process."""

    name: str
    """The command that runs it, and the name of its log file."""
    role: str
    ready: str
    """How one tells that it works."""
    metric: str | None = None
    """A metric that only it tells; null where it serves none on a port of its own."""


PROCESSES = (
    Process(
        name="projector",
        role="folds the record into the ledger and the read models",
        ready="`doctor` (`lag`); `shopfloor_lag_records` falls",
        metric="shopfloor_records_total",
    ),
    Process(name="api", role="answers over GraphQL", ready="`/health/ready` on its own port"),
    Process(
        name="monitor",
        role="compares the copies of the record with the seals",
        ready="`doctor` (`monitor`); `shopfloor_monitor_last_look_timestamp_seconds` is new",
        metric="shopfloor_monitor_looks_total",
    ),
    Process(
        name="sealer",
        role="signs and publishes seals of the record",
        ready="`doctor` (`exposure`); `shopfloor_sealer_last_run_timestamp_seconds` is new",
        metric="shopfloor_sealer_checkpoint",
    ),
    Process(
        name="worker",
        role="turns cameras into facts",
        ready="`doctor` (`workers`); `status/worker-NAME.json` is new",
        metric="shopfloor_broker_up",
    ),
    Process(
        name="dispatcher",
        role="sends facts to subscribers",
        ready='`shopfloor webhook list`; `shopfloor_webhook_attempts_total{outcome="delivered"}` grows',
        metric="shopfloor_webhook_in_flight",
    ),
    Process(
        name="serve",
        role="answers what models say of pictures; `up` runs it with `--serve-port`",
        ready="`/v2/health/ready` on its own port",
        metric="shopfloor_inference_places",
    ),
    Process(
        name="bridge",
        role="brings facts from a Redis nearby to Kafka ([edge.md](edge.md))",
        ready="`doctor` (`edge`); `shopfloor_bridge_up` is 1",
        metric="shopfloor_bridge_carries",
    ),
)
"""In the order in which `up` starts them; a new kind of process is added here."""

SERVING = tuple(each for each in PROCESSES if each.metric is not None)
"""Processes that serve metrics on a port of their own."""


def metrics_ports(first: int) -> Mapping[str, int]:
    """Return the port of each process that serves metrics: the setting's, and the ones after it."""
    return {each.name: port for port, each in enumerate(SERVING, first)}


def as_markdown() -> str:
    """Return the table as docs/operations.md shows it."""
    rows = [f"| `{each.name}` | {each.role} | {each.ready} | {_port(each)} |" for each in PROCESSES]
    return "\n".join(["| process | what it does | how one tells that it works | metrics |", "|---|---|---|---|", *rows])


def _port(process: Process) -> str:
    if process not in SERVING:
        return "on its own port" if process.name == "api" else "none"
    number = SERVING.index(process)
    return "`SHOPFLOOR_METRICS_PORT`" + (f" + {number}" if number else "")
