"""Which alerts fire on what a process really serves, as Prometheus' own `promtool` says."""

import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

RULES = Path(__file__).parents[2] / "infra" / "prometheus" / "alerts.yml"
MINUTES = 10
"""How long each state lasts: longer than any rule waits."""


def rules() -> dict[str, str]:
    """Return the expression of each alert."""
    return dict(re.findall(r"alert: (\w+)\n +expr: (.+)", RULES.read_text()))


def names_in(expression: str) -> set[str]:
    """Return the metrics that an expression asks for."""
    return set(re.findall(r"\b(?:shopfloor|process)_\w+", expression))


def served(registry: CollectorRegistry) -> str:
    """Return what a process serves now."""
    return generate_latest(registry).decode()


def names_served(text: str) -> set[str]:
    """Return the names of what is served."""
    return {sample.name for family in text_string_to_metric_families(text) for sample in family.samples}


def firing(folder: Path, *states: str, up: bool = True, minutes: int = MINUTES) -> set[str]:
    """Return the alerts that fire at the end of states of one process, given as what it served in each."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is missing: install Debian's package prometheus")
    series = list(_series(states, minutes, up=up))
    return {name for name in rules() if _fires(promtool, folder, name, series, len(states) * minutes)}


def _fires(promtool: str, folder: Path, name: str, series: list[dict[str, str]], minutes: int) -> bool:
    """Tell whether an alert fires: promtool compares with none, and fails where there is one."""
    end = f"{minutes - 1}m"
    test = {
        "rule_files": [str(RULES)],
        "evaluation_interval": "30s",
        "tests": [
            {
                "interval": "1m",
                "input_series": series,
                "alert_rule_test": [{"eval_time": end, "alertname": name, "exp_alerts": []}],
            }
        ],
    }
    file = folder / "alerts-test.yml"
    file.write_bytes(msgspec.json.encode(test))  # which is YAML too
    said = subprocess.run([promtool, "test", "rules", str(file)], capture_output=True, text=True, check=False)
    assert said.returncode == 0 or "exp:" in said.stdout + said.stderr, said
    return said.returncode != 0


def _series(states: Sequence[str], minutes: int, *, up: bool) -> Iterator[dict[str, str]]:
    values: dict[str, list[Any]] = {}
    for number, text in enumerate(states):
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                labels = ",".join(f'{key}="{value}"' for key, value in {**sample.labels, "job": "shopfloor"}.items())
                held = values.setdefault(f"{sample.name}{{{labels}}}", [None] * number)
                held.append(_shifted(sample.name, sample.value, (number + 1) * minutes * 60))
    yield {"series": 'up{job="shopfloor"}', "values": f"{int(up)}x{len(states) * minutes}"}
    for series, each in values.items():
        yield {"series": series, "values": " ".join(_told(value) for value in each for _ in range(minutes))}


def _shifted(name: str, value: float, end_s: float) -> float:
    """Return a moment as promtool's clock has it, which begins at 0: its age at the state's end stays."""
    return value - time.time() + end_s if name.endswith("last_run_timestamp_seconds") or "last_look" in name else value


def _told(value: float | None) -> str:
    return "_" if value is None else "NaN" if value != value else repr(float(value))  # noqa: PLR0124  # only NaN
