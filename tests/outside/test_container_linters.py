"""The image, the composition and the chart, by the linters of others and by our own table of processes."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from infra.process_table import PROCESSES

INFRA = Path(__file__).parents[2] / "infra"
CHART = INFRA / "helm" / "shopfloor"
WELL = (
    "--set",
    "kafka=kafka:9092",
    "--set",
    "workers[0].name=ginza",
    "--set",
    "workers[0].layout=ginza",
    "--set",
    "serve.enabled=true",
)

outside = pytest.mark.outside


def linter(name: str, what: str) -> str:
    """Return a linter's program; skips where it is not installed."""
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed: {what} not linted")
    return program


def composition() -> dict[str, Any]:
    """Return the composition."""
    content: dict[str, Any] = yaml.safe_load((INFRA / "compose.yaml").read_text())
    return content


def rendered(*options: str) -> "subprocess.CompletedProcess[str]":
    """Return what Helm makes of the chart."""
    command = [linter("helm", "the chart is"), "template", "shop", str(CHART), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_composition_runs_every_process_of_the_table() -> None:
    ours = [each for each in composition()["services"].values() if each["image"] == "shopfloor"]
    commands = {service["command"][0] for service in ours if "command" in service}

    assert commands == {each.name for each in PROCESSES} | {"migrate"}


def test_every_process_of_the_composition_has_a_read_only_root_and_no_rights() -> None:
    ours = [each for each in composition()["services"].values() if each["image"] == "shopfloor"]

    assert all(each["read_only"] and each["cap_drop"] == ["ALL"] for each in ours)
    assert all("healthcheck" in each for each in ours)


def test_the_image_runs_as_nobody_of_rights() -> None:
    lines = (INFRA / "Dockerfile").read_text().splitlines()

    assert [line for line in lines if line.startswith("USER ")] == ["USER 10001:10001"]


@outside
def test_hadolint_takes_the_image() -> None:
    command = [linter("hadolint", "the image is"), str(INFRA / "Dockerfile")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "")


@outside
def test_the_chart_has_a_deployment_for_each_process() -> None:
    made = rendered(*WELL)
    assert made.returncode == 0, made.stderr
    deployments = [each for each in yaml.safe_load_all(made.stdout) if each and each["kind"] == "Deployment"]

    run = {each["spec"]["template"]["spec"]["containers"][0]["args"][0] for each in deployments}
    assert run == {each.name for each in PROCESSES}


@outside
@pytest.mark.parametrize(
    "wrong",
    [
        ("--set", "kafka="),
        ("--set", "kafka=kafka"),
        ("--set", "kafka=kafka:9092", "--set", "projector.replicas=0"),
        ("--set", "kafka=kafka:9092", "--set", "projectr.replicas=1"),
        (
            "--set",
            "kafka=kafka:9092",
            "--set",
            "workers[0].name=Ginza",
            "--set",
            "workers[0].layout=ginza",
            "--set",
            "serve.enabled=true",
        ),
        ("--set", "kafka=kafka:9092", "--set", "settings.OTHER=1"),
    ],
)
def test_wrong_values_of_the_chart_are_refused(wrong: tuple[str, ...]) -> None:
    made = rendered(*wrong)

    assert made.returncode != 0
    assert "schema" in made.stderr


@outside
def test_the_manifests_are_valid_kubernetes(tmp_path: Path) -> None:
    program = linter("kubernetes-validate", "manifests are")
    made = rendered(*WELL)
    (tmp_path / "manifests.yaml").write_text(made.stdout)
    command = [program, "--strict", str(tmp_path / "manifests.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


@outside
def test_checkov_finds_nothing_in_a_chart_with_a_namespace_and_a_digest(tmp_path: Path) -> None:
    program = linter("checkov", "manifests are")
    made = rendered(*WELL, "--namespace", "shop", "--set", f"image.digest=sha256:{'a' * 64}")
    (tmp_path / "manifests.yaml").write_text(made.stdout)
    command = [program, "--file", str(tmp_path / "manifests.yaml"), "--framework", "kubernetes", "--compact", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


@outside
def test_the_chart_mounts_secrets_as_files_and_pins_what_it_runs() -> None:
    made = rendered(*WELL, "--namespace", "shop", "--set", f"image.digest=sha256:{'a' * 64}")
    manifests = [each for each in yaml.safe_load_all(made.stdout) if each]
    pods = [each["spec"]["template"]["spec"] for each in manifests if each["kind"] in {"Deployment", "Job"}]
    containers = [each["containers"][0] for each in pods]

    assert {each["metadata"]["namespace"] for each in manifests} == {"shop"}
    assert {each["image"] for each in containers} == {f"shopfloor@sha256:{'a' * 64}"}
    assert not any("envFrom" in each for each in containers)
    assert all(
        {"secretName": "shopfloor", "defaultMode": 0o440} in [v.get("secret") for v in each["volumes"]] for each in pods
    )
