"""Check of the Redis between workers and Kafka, and of the bridge."""

from pathlib import Path

from infra.edge import EdgeState, find_edge_state
from infra.health.finding import Finding, broken, doubtful, well
from infra.settings import Settings
from vision_workers.edge.errors import EdgeError
from vision_workers.edge.keys import Keys
from vision_workers.edge.quarantine import quarantine_path, quarantined

MANY_WAITING = 10_000
EDGE = "edge"


def check_edge(settings: Settings) -> Finding:
    """Look at whether Redis keeps what it is given, whether a bridge carries it, and what did not pass."""
    if settings.redis is None:
        return well(EDGE, "no Redis is set: workers send to Kafka themselves")
    connection = settings.redis_connection()
    try:
        state = find_edge_state(connection, Keys(settings.topic_prefix))
    except EdgeError as problem:
        return broken(EDGE, str(problem), "mend Redis; until then facts wait in the workers' spools")
    detail = f"Redis at {connection.where} answers and keeps what it is given; {state.waiting} records wait in it"
    return _judged(detail, state, quarantine_path(settings.data))


def _judged(detail: str, state: EdgeState, path: Path) -> Finding:
    if state.status is None:
        return broken(EDGE, f"{detail}, and no bridge carries them", "start `shopfloor bridge`")
    if state.status != "ok":
        return broken(EDGE, f"{detail}; the bridge says: {state.status}", "mend that; nothing is lost meanwhile")
    if count := quarantined(path):
        cure = f"see the reasons in {path}; move the file away when that is decided"
        return doubtful(EDGE, f"{detail}; {count} did not pass the bridge", cure)
    if state.waiting > MANY_WAITING:
        return doubtful(EDGE, detail, "see whether the bridge keeps up: shopfloor_bridge_lag_seconds")
    return well(EDGE, detail)
