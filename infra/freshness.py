"""Generated files are in the repository; this compares them with what the code makes now.

`python -m infra.freshness` tells which are stale, `--write` writes them again.
"""

import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from event_store.layout.schema import schema_text as layout_schema_text
from graphql_api.compatibility import broken
from graphql_api.ingest.app import openapi_text
from graphql_api.schema import schema_text
from infra.bench import report
from infra.built_page import STATIC, WEB, is_page_fresh
from infra.contract import asyncapi_text
from infra.grafana.dashboard import dashboard_text
from infra.licences import FILE as LICENCES
from infra.licences import licences_text
from infra.sbom import FILE as SBOM
from infra.sbom import sbom_text

ROOT = Path(__file__).parent.parent
SCHEMA = Path("docs/schema.graphql")
"""What deployed pages ask by: nothing is taken out of it that was not deprecated before."""

GENERATED: dict[Path, Callable[[], str]] = {
    Path("docs/layout.schema.json"): layout_schema_text,
    Path("docs/asyncapi.json"): asyncapi_text,
    Path("docs/openapi.json"): openapi_text,
    SCHEMA: schema_text,
    LICENCES: licences_text,
    SBOM: sbom_text,
    report.REPORT: report.text_of_kept,
    Path("infra/grafana/dashboards/shopfloor.json"): dashboard_text,
}
"""Each generated file and what makes its text."""
LOCKS = {"runtime.txt": (), "development.txt": ("dev",), "training.txt": ("dev", "training")}
"""Each hash-locked list and the extras in it."""


def stale_files(root: Path) -> list[str]:
    """Return the generated files whose text is not what the code makes."""
    return [str(path) for path, make in GENERATED.items() if _text(root / path) != make()]


def unlocked(project: dict[str, Any], lock: str, extras: tuple[str, ...]) -> list[str]:
    """Return the project's requirements that no pin of the list satisfies."""
    pins: dict[str, list[str]] = {}
    for line in lock.splitlines():
        if line[:1].isalnum() and "==" in line:
            pin = Requirement(line.split("\\")[0].strip())
            pins.setdefault(canonicalize_name(pin.name), []).append(next(iter(pin.specifier)).version)
    wanted = [*project["dependencies"], *(each for extra in extras for each in project["optional-dependencies"][extra])]
    requirements = [Requirement(each) for each in wanted]
    return [
        str(each)
        for each in requirements
        if not any(each.specifier.contains(version) for version in pins.get(canonicalize_name(each.name), []))
    ]


def problems(root: Path = ROOT) -> list[str]:
    """Return one line for each stale file or list, saying what to run."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    found = breaking(root, schema_text())
    found += [f"{path} is not what the code makes now: run make schemas" for path in stale_files(root)]
    if not is_page_fresh(root):
        found.append(f"{STATIC} is not built from {WEB}: run make page")
    for name, extras in LOCKS.items():
        missing = unlocked(project, (root / "infra" / "requirements" / name).read_text(), extras)
        found += [f"infra/requirements/{name} has no pin for {each}: run make lock" for each in missing]
    return found


def write(root: Path = ROOT) -> None:
    """Write every generated file again, but for a schema that would break clients."""
    for path, make in GENERATED.items():
        if path != SCHEMA or not breaking(root, make()):
            (root / path).write_text(make())


def breaking(root: Path, schema: str) -> list[str]:
    """Return one line for each thing that a schema takes from the clients of the committed one."""
    before = _text(root / SCHEMA)
    lost = [] if before is None else broken(before, schema)
    return [f"{SCHEMA}: {each} Deployed pages ask for it: deprecate it first, or keep it" for each in lost]


def _text(path: Path) -> str | None:
    return path.read_text() if path.exists() else None


def main() -> int:
    """Compare, or write when asked to; the status is 1 when something is stale."""
    if "--write" in sys.argv[1:]:
        write()
    found = problems()
    sys.stdout.writelines(f"{line}\n" for line in found or ["generated files and locks are fresh"])
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
