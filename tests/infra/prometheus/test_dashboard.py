"""Panels and alerts ask a real Prometheus for what a running installation really tells it."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import msgspec
import psutil
import pytest

from infra.grafana.panels import ROWS
from infra.local.ports import free_port
from infra.local.processes import read_record
from infra.local.running import find_running
from infra.process_table import PROCESSES
from tests.builders.alerts import rules
from tests.builders.edge import own_redis
from tests.builders.model_servers import blue_person, encoded
from tests.builders.own_services import services_folder
from tests.builders.prometheus import Prometheus, scraping, selectors_of

PATIENCE_S = 150.0
ROOT = Path(__file__).parents[3]
DEMO = ROOT / "infra" / "demo" / "layout.toml"
EXPRESSIONS = [query.expression for row in ROWS for panel in row.panels for query in panel.queries]
ONLY_IN_A_FAILURE = {
    "shopfloor_partition_stopped": "a partition has it from when it is stopped; test_alerts provokes it",
}
"""What an alert asks for that a sound installation does not tell, and why."""


OF_THE_MACHINE = {"ShopfloorDiskFilling"}
"""May well be true of what tests run on."""


class Receiver(BaseHTTPRequestHandler):
    """Takes what subscribers are sent, and proves nothing."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


class Installation:
    """`shopfloor up` on the demo's film at its own pace, with every process."""

    def __init__(self, folder: Path, redis: str) -> None:
        self.folder = folder
        self.api, self.serve, self.metrics = free_port(), free_port(), free_port()
        given = {name: value for name, value in os.environ.items() if not name.startswith("SHOPFLOOR_")}
        self.environment = given | {
            "SHOPFLOOR_DATA": str(folder),
            "SHOPFLOOR_METRICS_PORT": str(self.metrics),
            "SHOPFLOOR_WEBHOOK_LOOPBACK": "1",
            "SHOPFLOOR_REDIS": redis,
        }
        words = ["--layout", str(DEMO), "--real-time", "--port", str(self.api), "--serve-port", str(self.serve)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "infra.cli", "up", *words], env=self.environment, stdout=subprocess.DEVNULL
        )

    def run(self, *words: str) -> str:
        """Run a command of it."""
        command = [sys.executable, "-m", "infra.cli", *words]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True).stdout

    def asked(self) -> bool:
        """Ask the API something right and something wrong, tell it a sale, ask a model; tell whether it answered."""
        headers = {"authorization": f"Bearer {(self.folder / 'token').read_text().strip()}"}
        try:
            for query in ("{ viewer { name } }", "{ nothing }"):
                httpx.post(f"http://127.0.0.1:{self.api}/graphql", json={"query": query}, headers=headers, timeout=10)
            sale = {
                "store": "default/corner",
                "till": "1",
                "sale": "1",
                "time": "2026-03-02T12:03:10Z",
                "channel": "till",
            }
            said = json.dumps([sale | {"total": "1.80", "currency": "EUR"}])
            told = headers | {"content-type": "application/json"}
            httpx.post(f"http://127.0.0.1:{self.api}/ingest/sales", content=said, headers=told, timeout=10)
            picture, headers["content-type"] = encoded(blue_person(200)), "image/png"
            answer = httpx.post(f"http://127.0.0.1:{self.serve}/detect", content=picture, headers=headers, timeout=10)
        except httpx.TransportError:
            return False
        return answer.status_code == httpx.codes.OK


@pytest.fixture
def installation() -> Iterator[Installation]:
    if shutil.which("prometheus") is None:
        pytest.skip("prometheus is missing: install Debian's package prometheus")
    with services_folder() as folder, own_redis() as redis:
        running = Installation(folder, redis.url)
        yield running
        running.process.terminate()
        try:
            running.process.wait(60)
        except subprocess.TimeoutExpired:
            running.process.kill()


def _until(happened: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < deadline, what
        time.sleep(0.5)


def _unanswered(prometheus: Prometheus, wanted: set[str]) -> set[str]:
    """Return the expressions that have no value; one that is no number is none."""
    return {each for each in wanted if not any(value == value for value in prometheus.values(each))}  # noqa: PLR0124


def test_every_panel_and_alert_has_data_of_a_running_installation_and_alerts_fire_when_it_fails(
    installation: Installation, receiver: int, tmp_path: Path
) -> None:
    folder = installation.folder
    _until(lambda: find_running(folder) is not None and (folder / "token").exists(), "it did not start")
    with scraping(tmp_path, installation.metrics, installation.api, folder / "token") as prometheus:
        expected = {each.name for each in PROCESSES}
        _until(lambda: prometheus.values("sum(up)") == [len(expected)], "not every process is scraped")
        installation.run("webhook", "create", f"http://127.0.0.1:{receiver}/", "--organisation", "default")
        _until(installation.asked, "the API or the models do not answer")

        wanted = set(EXPRESSIONS)
        wanted |= {each for rule in rules().values() for each in selectors_of(rule)} - ONLY_IN_A_FAILURE.keys()

        def all_told() -> bool:
            installation.asked()
            wanted.intersection_update(_unanswered(prometheus, wanted))
            return not wanted

        try:
            _until(all_told, "")
        except AssertionError:
            pytest.fail(f"these have no data: {sorted(wanted)}")
        assert {each["name"] for each in prometheus.rules()} == set(rules())
        assert {each["health"] for each in prometheus.rules()} == {"ok"}
        _until(lambda: prometheus.alerts() <= OF_THE_MACHINE, "alerts fire where all is well")

        monitor = read_record(folder / "processes" / "monitor.json")
        assert monitor is not None
        psutil.Process(monitor.pid).suspend()
        _until(lambda: "ShopfloorTargetDown" in prometheus.alerts(), "a process that hangs raises no alarm")
        psutil.Process(monitor.pid).resume()


def test_the_dashboard_is_that_of_the_table() -> None:
    made = msgspec.json.decode((ROOT / "infra/grafana/dashboards/shopfloor.json").read_bytes())
    panels = [each for each in made["panels"] if each["type"] != "row"]

    assert [target["expr"] for panel in panels for target in panel["targets"]] == EXPRESSIONS
    assert len({each["id"] for each in made["panels"]}) == len(made["panels"])
    source = (ROOT / "infra/grafana/provisioning/datasources/prometheus.yaml").read_text()
    assert {panel["datasource"]["uid"] for panel in panels} == set(re.findall(r"uid: (\S+)", source))


def test_every_metric_that_the_guide_names_is_on_the_dashboard_or_in_an_alert() -> None:
    guide = (ROOT / "docs" / "operations.md").read_text()
    table = guide[guide.index("## Metrics") : guide.index("## How long what is kept")]
    named = set(re.findall(r"shopfloor_\w+", table))
    shown = " ".join((*EXPRESSIONS, *rules().values()))

    assert {each for each in named if each not in shown} == set()
