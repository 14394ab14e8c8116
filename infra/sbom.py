"""The bill of materials of what Shopfloor brings or fetches, by CycloneDX's own library: docs/sbom.cdx.json.

It is made from the locked lists and the models' descriptions alone, so that it is the same whenever it is made.
"""

import json
import re
import tomllib
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

from infra.licences import FILE as LICENCES
from infra.licences import MODELS, NEVER, ROOT, RUNTIME, jar_licences, rows_of
from infra.local.jars import LOCK_FILE

FILE = Path("docs/sbom.cdx.json")
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)
SPDX = re.compile(r"[A-Za-z0-9.+-]+( (AND|OR|WITH) [A-Za-z0-9.+-]+)*")


def sbom_text(root: Path = ROOT) -> str:
    """Return the bill as the file has it."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    components = sorted((*_packages(root), *_jars(), *_models(root)), key=lambda each: str(each.bom_ref.value))
    ours = Component(
        type=ComponentType.APPLICATION,
        name=project["name"],
        version=project["version"],
        bom_ref="shopfloor",
        licenses=[_licence(project["license"])],
    )
    named = "\n".join(str(each.bom_ref.value) for each in components)
    bom = Bom(
        components=components, serial_number=uuid.uuid5(uuid.NAMESPACE_OID, named), metadata=BomMetaData(component=ours)
    )
    bom.register_dependency(ours, components)
    written = json.loads(make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string())
    del written["metadata"]["timestamp"]
    return f"{json.dumps(written, indent=1)}\n"


def _packages(root: Path) -> Iterator[Component]:
    licences = dict(rows_of(root / LICENCES))
    lines = "\n".join(line for line in (root / RUNTIME).read_text().splitlines() if NEVER not in line)
    for name, version in PIN.findall(lines):
        yield _component(
            ComponentType.LIBRARY, name, version, licences.get(name), PackageURL("pypi", None, name, version)
        )


def _jars() -> Iterator[Component]:
    licences = jar_licences()
    for jar in tomllib.loads(LOCK_FILE.read_text())["dependencies"]:
        group, name, version = jar["groupId"], jar["artifactId"], jar["version"]
        address = PackageURL("maven", group, name, version)
        yield _component(ComponentType.LIBRARY, name, version, licences.get(group), address, jar["sha256"])


def _models(root: Path) -> Iterator[Component]:
    for file in sorted(path for pattern in MODELS for path in root.glob(pattern)):
        said: Mapping[str, Any] = tomllib.loads(file.read_text())
        address = PackageURL("generic", "shopfloor-models", said["name"])
        kind = ComponentType.MACHINE_LEARNING_MODEL
        yield _component(kind, said["name"], None, said["licence"], address, said.get("digest"))


def _component(  # what a bill says of a thing
    kind: ComponentType,
    name: str,
    version: str | None,
    licence: str | None,
    address: PackageURL,
    digest: str | None = None,
) -> Component:
    return Component(
        type=kind,
        name=name,
        version=version,
        purl=address,
        bom_ref=address.to_string(),
        licenses=[_licence(licence)] if licence else [],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)] if digest else [],
    )


def _licence(told: str) -> LicenseExpression | DisjunctiveLicense:
    return LicenseExpression(told) if SPDX.fullmatch(told) else DisjunctiveLicense(name=told)
