"""A real Prometheus that scrapes a running installation, as our own files configure it."""

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

import httpx
import pytest

from infra.local.ports import free_port

FOLDER = Path(__file__).parents[2] / "infra" / "prometheus"
FIRST_PORT = 9464
"""As the file has it."""
SELECTOR = re.compile(r"\b(?:shopfloor_\w+|process_\w+|up)(?:\{[^}]*\})?(?=[^\w(]|$)")


class Prometheus:
    """A Prometheus that runs."""

    def __init__(self, port: int) -> None:
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def answers(self) -> bool:
        """Tell whether it is ready."""
        try:
            return self._http.get("/-/ready").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def values(self, expression: str) -> list[float]:
        """Return the values of an expression now; it must be one that Prometheus understands."""
        said = self._http.get("/api/v1/query", params={"query": expression}).json()
        assert said["status"] == "success", f"{expression}: {said}"
        return [float(each["value"][1]) for each in said["data"]["result"]]

    def alerts(self) -> set[str]:
        """Return the alerts that fire, or will when they have waited."""
        said = self._http.get("/api/v1/alerts").json()
        return {each["labels"]["alertname"] for each in said["data"]["alerts"]}

    def rules(self) -> list[dict[str, Any]]:
        """Return the rules as Prometheus read them."""
        groups = self._http.get("/api/v1/rules").json()["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]


def selectors_of(expression: str) -> set[str]:
    """Return what an expression asks for, without what it makes of it."""
    return set(SELECTOR.findall(expression))


@contextmanager
def scraping(folder: Path, metrics_port: int, api_port: int, token: Path) -> Iterator[Prometheus]:
    """Run Prometheus with our own configuration and alerts, each second; skips where it is not installed."""
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("prometheus is missing: install Debian's package prometheus")
    said = (FOLDER / "prometheus.yml").read_text().replace("15s", "1s").replace(":8000", f":{api_port}")
    for place in range(7):
        said = said.replace(f":{FIRST_PORT + place}", f":{metrics_port + place}")
    (folder / "prometheus.yml").write_text(said.replace("/etc/prometheus/shopfloor-token", str(token)))
    shutil.copy(FOLDER / "alerts.yml", folder)
    port = free_port()
    with ExitStack() as stack, subprocess.Popen(
        [program, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
         f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"],
    ) as process:  # fmt: skip
        try:
            prometheus = stack.enter_context(Prometheus(port))
            while not prometheus.answers():
                assert process.poll() is None, "prometheus does not take our configuration"
                time.sleep(0.1)
            yield prometheus
        finally:
            process.terminate()
