"""One table says what runs; everything that tells of processes reads it."""

from pathlib import Path

from event_store.monitoring.metrics import Metrics as OfMonitor
from event_store.sealing.metrics import Metrics as OfSealer
from infra.process_table import PROCESSES, as_markdown, metrics_ports
from infra.supervision.shop import Wish, roles_of
from projections.taking.metrics import Metrics as OfProjector
from projections.webhooks.metrics import Metrics as OfDispatcher
from tests.builders.alerts import names_served, served
from tests.builders.model_servers import AskedModels
from tests.builders.networks import blob_finder, save_model
from vision_workers.edge.metrics import Metrics as OfBridge

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"


def test_the_guide_shows_every_process_as_the_table_has_it() -> None:
    assert as_markdown() in OPERATIONS.read_text()


def test_up_runs_every_process_of_the_table_with_its_metrics_port() -> None:
    wish = Wish(layouts=[Path("a.toml")], serve_port=8001)
    roles = roles_of(wish, 8000, metrics_ports(9100), bridged=True)

    assert [role.name for role in roles] == [each.name for each in PROCESSES]
    assert {role.name: role.words[-1] for role in roles if "--metrics-port" in role.words} == {
        "projector": "9100",
        "monitor": "9101",
        "sealer": "9102",
        "worker": "9103",
        "dispatcher": "9104",
        "serve": "9105",
        "bridge": "9106",
    }


def test_up_runs_no_bridge_without_a_redis() -> None:
    names = [role.name for role in roles_of(Wish(layouts=[Path("a.toml")], serve_port=8001), 8000)]

    assert names == [each.name for each in PROCESSES if each.name != "bridge"]


def test_a_process_is_known_by_a_metric_that_it_alone_tells(tmp_path: Path) -> None:
    registries = {
        "projector": OfProjector().registry,
        "monitor": OfMonitor().registry,
        "sealer": OfSealer().registry,
        "dispatcher": OfDispatcher().registry,
        "bridge": OfBridge().registry,
    }
    save_model(blob_finder(), tmp_path / "blobs")
    registries["serve"] = AskedModels(tmp_path).app.state.metrics.registry
    told = {name: names_served(served(registry)) for name, registry in registries.items()}

    for process in PROCESSES:
        if process.metric is not None and process.name in told:
            assert [name for name, metrics in told.items() if process.metric in metrics] == [process.name]
