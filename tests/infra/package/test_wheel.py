"""The built wheel holds all that runs, and works in an environment that holds nothing else."""

import os
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local import jars

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
PACKAGES = ("event_store", "graphql_api", "infra", "migrations", "projections", "vision_workers")
ONLY_IN_A_CHECKOUT = (
    "graphql_api/dashboard/web/",
    "infra/accuracy/scenarios/",
    "infra/accuracy/stores/",
    "infra/bench/contenders/",
    "infra/helm/",
    "infra/grafana/",
    "infra/requirements/",
    "infra/setup/",
    "infra/Dockerfile",
    "infra/compose.yaml",
)
"""What builds, checks and measures Shopfloor, and runs nothing of it."""
BY_ALEMBIC = {"migrations"}
NEEDS_AN_EXTRA = ("training", "bench", "accuracy", "outside", "freshness", "grafana", "sbom")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the tracked files alone."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in _tracked():
        copy = folder / "source" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy)
    build = [_uv(), "build", "--quiet", "--wheel", "--no-build-isolation", "--python", sys.executable]
    subprocess.run([*build, "--out-dir", folder, folder / "source"], check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The programs of an environment with the locked packages of the runtime and the wheel, and with nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    install = [_uv(), "pip", "install", "--quiet", "--python", str(python)]
    subprocess.run(
        [*install, "--no-deps", "--require-hashes", "-r", ROOT / "infra/requirements/runtime.txt"], check=True
    )
    subprocess.run([*install, "--no-deps", wheel], check=True)
    yield folder / "bin"
    shutil.rmtree(folder)


def test_the_wheel_holds_every_file_that_a_package_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as content:
        names = set(content.namelist())
    needed = {name for name in _tracked() if name.startswith(tuple(f"{each}/" for each in PACKAGES))}

    assert {name for name in needed - names if not name.startswith(ONLY_IN_A_CHECKOUT)} == set()
    assert not [name for name in names if name.startswith("tests/")]
    assert [name for name in names if name.endswith("licenses/docs/licences.md")]


def test_the_installed_command_line_runs_without_the_checkout(installed: Path, tmp_path: Path) -> None:
    helped, checked = _run(installed, tmp_path, "--help"), _run(installed, tmp_path, "models", "check")

    assert (helped.returncode, checked.returncode) == (0, 0), helped.stderr + checked.stderr
    assert "setup" in helped.stdout
    assert "shopfloor-person" in checked.stdout


def test_the_installed_demo_has_its_clips_layout_and_truth(installed: Path, tmp_path: Path) -> None:
    folder = Path(_python(installed, tmp_path, READ_THE_DEMO).strip())

    assert folder.is_relative_to(installed.parent)


def test_every_installed_module_can_be_imported(installed: Path, tmp_path: Path) -> None:
    _python(installed, tmp_path, IMPORT_ALL.format(packages=set(PACKAGES) - BY_ALEMBIC, extras=NEEDS_AN_EXTRA))


def test_setup_says_where_the_verified_jars_are(installed: Path, tmp_path: Path) -> None:
    jars.fetch()
    done = _run(installed, tmp_path, "setup", "--no-programs")

    assert done.returncode == 0, done.stderr
    assert f"{len(jars.locked_digests())} jars" in done.stdout


def test_a_benchmark_without_a_checkout_is_refused(installed: Path, tmp_path: Path) -> None:
    refused = _run(installed, tmp_path, "bench", "--only", "proving")

    assert refused.returncode == 1
    assert "is no checkout, and benchmarks need one" in refused.stderr


def test_the_wheel_is_named_for_the_projects_version(wheel: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert wheel.name == f"shopfloor-{project['version']}-py3-none-any.whl"


READ_THE_DEMO = """
from infra.demo.story import FOLDER, read_story
layout = read_story().layout
assert all((FOLDER / camera.source).is_file() for camera in layout.camera)
print(FOLDER)
"""
IMPORT_ALL = """
import importlib, pkgutil
for name in {packages!r}:
    for each in pkgutil.walk_packages(importlib.import_module(name).__path__, f"{{name}}."):
        if not each.name.endswith("__main__") and not any(f".{{extra}}" in each.name for extra in {extras!r}):
            importlib.import_module(each.name)
"""


def _tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def _uv() -> str:
    return str(Path(sys.executable).with_name("uv"))


def _environment(programs: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return kept | {"PATH": f"{programs}:{os.environ['PATH']}"}


def _run(programs: Path, folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [str(programs / "shopfloor"), *words]
    environment = _environment(programs)
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def _python(programs: Path, folder: Path, program: str) -> str:
    command = [str(programs / "python"), "-I", "-c", program]
    environment = _environment(programs)
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
