"""Check of the metrics: who serves them, on which port."""

import http.client

from infra.health.finding import Finding, doubtful, well
from infra.process_table import SERVING, metrics_ports
from infra.settings import Settings

PATIENCE_S = 2.0


def check_metrics(settings: Settings) -> Finding:
    """Read what is served on the port of the settings and on the next ones, which `up` gives to its processes."""
    first, host = settings.metrics_port, settings.metrics_host
    if first is None:
        return well("metrics", "served by the API alone; SHOPFLOOR_METRICS_PORT lets the other processes serve theirs")
    ports = metrics_ports(first).values()
    told = [f"{name} on {port}" for port in ports for name in _served(host, port)]
    if told:
        return well("metrics", ", ".join(told))
    asked = " and ".join(map(str, ports))
    return doubtful("metrics", f"nobody serves them on ports {asked} of {host}", "see whether the projector runs")


def _served(host: str, port: int) -> list[str]:
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/metrics")
        text = connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return []
    finally:
        connection.close()
    return [each.name for each in SERVING if f"# HELP {each.metric} ".encode() in text]
