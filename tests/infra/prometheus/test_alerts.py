"""Each alert fires on what it is about, as the processes themselves serve it, and on nothing else."""

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from event_store.monitoring.metrics import Metrics as OfMonitor
from event_store.sealing.metrics import Metrics as OfSealer
from graphql_api.metrics import Metrics as OfApi
from infra import metrics as of_every_process
from infra.metrics import describe_process
from infra.settings import Settings
from projections.taking.metrics import Metrics as OfProjector
from tests.builders.alerts import firing, names_in, names_served, rules, served
from vision_workers.edge.metrics import Metrics as OfBridge
from vision_workers.serving.metrics import Metrics as OfModels

OF_WORKERS = ("shopfloor_camera_", "shopfloor_spool_", "shopfloor_broker_")
"""They have a test of their own, with a worker."""

CHECKS = ("database", "schema", "projector", "log", "cameras", "processes")


def projector(**how: Any) -> str:
    """Return what a projector serves that is so far behind."""
    metrics = OfProjector()
    metrics.behind({0: 5}, how.get("ends", {0: 5}))
    metrics.letters_open(how.get("letters", 0))
    metrics.stopped(how.get("stopped", ()))
    return served(metrics.registry)


def api(*wrong: str) -> str:
    """Return what an API serves of whose checks these fail."""
    metrics = OfApi()
    metrics.checked({name: name not in wrong for name in CHECKS})
    return served(metrics.registry)


def sealer(age_s: float) -> str:
    """Return what a sealer serves that sealed so long ago."""
    metrics = OfSealer()
    sealed: Any = SimpleNamespace(seal=SimpleNamespace(time_ms=1_000, number=4, partitions=[]))
    metrics.sealed(sealed, time.time() - age_s)
    return served(metrics.registry)


def monitor(age_s: float, *diverged: str) -> str:
    """Return what a monitor serves that looked so long ago and found these sides to differ."""
    metrics = OfMonitor()
    look: Any = SimpleNamespace(
        checkpoint=4,
        memory=SimpleNamespace(last_round_ms=10),
        divergences=[SimpleNamespace(side=side) for side in diverged],
        unreachable={},
        verified={"ledger": 1, "kafka": 1},
    )
    metrics.looked(look, time.time() - age_s)
    return served(metrics.registry)


def bridge(*, up: bool = True, lag_s: float = 0.2, refused: int = 0) -> str:
    """Return what a bridge serves that is so far behind and has refused so many."""
    metrics = OfBridge()
    metrics.up.set(up)
    metrics.lag.set(lag_s)
    metrics.refused.inc(refused)
    return served(metrics.registry)


def models(*statuses: int) -> str:
    """Return what a server of models serves that answered with these."""
    served_model: Any = SimpleNamespace(model=SimpleNamespace(name="blobs"), queue=SimpleNamespace(taken=0, places=9))
    metrics = OfModels(SimpleNamespace(usable=[served_model]))  # type: ignore[arg-type]  # all that it asks of them
    for status in statuses:
        metrics.asked("blobs", status, 0.1)
    return served(metrics.registry)


def process(monkeypatch: pytest.MonkeyPatch, free: float) -> str:
    """Return what every process serves, with so much room on its disk."""
    monkeypatch.setattr(of_every_process, "free_bytes", lambda _: free)
    registry = CollectorRegistry()
    describe_process(registry, Settings())
    return served(registry)


def test_nothing_fires_where_all_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in (projector(), api(), sealer(5), monitor(5), bridge(), models(200, 400), process(monkeypatch, 1e11)):
        assert firing(tmp_path, text) == set()


@pytest.mark.parametrize(
    ("text", "alert"),
    [
        (lambda: projector(ends={0: 20_006}), "ShopfloorProjectorBehind"),
        (lambda: projector(ends=None), "ShopfloorLagUnknown"),
        (lambda: projector(letters=2), "ShopfloorDeadLetters"),
        (lambda: projector(stopped=[3]), "ShopfloorPartitionStopped"),
        (lambda: api("cameras"), "ShopfloorWorkerSilent"),
        (lambda: api("log"), "ShopfloorKafkaSilent"),
        (lambda: api("processes"), "ShopfloorRestartsAgainAndAgain"),
        (lambda: api("schema"), "ShopfloorNotReady"),
        (lambda: sealer(300), "ShopfloorSealerSilent"),
        (lambda: monitor(400), "ShopfloorMonitorSilent"),
        (lambda: monitor(5, "kafka"), "ShopfloorRecordDiverged"),
        (lambda: bridge(up=False), "ShopfloorBridgeDown"),
        (lambda: bridge(lag_s=90), "ShopfloorBridgeBehind"),
    ],
)
def test_each_alert_fires_on_what_it_is_about_and_alone(text: Any, alert: str, tmp_path: Path) -> None:
    assert firing(tmp_path, text()) == {alert}


def test_what_a_bridge_puts_into_quarantine_raises_an_alarm(tmp_path: Path) -> None:
    assert firing(tmp_path, bridge(), bridge(refused=2)) == {"ShopfloorBridgeRefuses"}


def test_a_disk_that_fills_and_a_process_that_serves_nothing_raise_alarms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert firing(tmp_path, process(monkeypatch, 4e9)) == {"ShopfloorDiskFilling"}
    assert firing(tmp_path, "", up=False) == {"ShopfloorTargetDown"}


def test_a_process_that_is_started_again_and_again_raises_an_alarm(tmp_path: Path) -> None:
    starts = [f"process_start_time_seconds {number}\n" for number in range(8)]

    assert firing(tmp_path, *starts[:1]) == set()
    assert firing(tmp_path, *starts, minutes=2) == {"ShopfloorRestartsAgainAndAgain"}


@pytest.mark.parametrize(("status", "alert"), [(429, "ShopfloorModelsOverrun"), (504, "ShopfloorModelsFail")])
def test_a_model_that_cannot_answer_what_is_asked_raises_an_alarm(status: int, alert: str, tmp_path: Path) -> None:
    assert firing(tmp_path, models(200), models(200, status), minutes=4) == {alert}


def test_every_metric_that_an_alert_asks_for_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [projector(stopped=[1]), api(), sealer(5), monitor(5), bridge(), models(), process(monkeypatch, 1e11)]
    told = set().union(*map(names_served, texts))
    asked = {name for rule in rules().values() for name in names_in(rule)}

    assert {name for name in asked if not name.startswith(OF_WORKERS)} <= told
