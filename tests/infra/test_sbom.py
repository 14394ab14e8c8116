"""The bill of materials names all that is brought or fetched, and is one that CycloneDX's own schema takes."""

import json
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from infra import licences, sbom
from infra.local import jars


@pytest.fixture(scope="module")
def text() -> str:
    return sbom.sbom_text()


def test_the_schema_takes_the_bill_and_refuses_another(text: str) -> None:
    validator = JsonStrictValidator(SchemaVersion.V1_6)

    assert validator.validate_str(text) is None
    assert validator.validate_str(text.replace('"type": "library"', '"type": "thing"')) is not None


def test_every_locked_package_each_jar_and_each_model_is_in_it_with_a_licence(text: str) -> None:
    components: list[dict[str, Any]] = json.loads(text)["components"]
    names = {each["purl"].partition("/")[0]: set() for each in components}  # type: ignore[var-annotated]  # of strings
    for each in components:
        names[each["purl"].partition("/")[0]].add(each["name"])
    digests = {one["content"] for each in components for one in each.get("hashes", ())}

    assert names["pkg:pypi"] == set(licences.pinned((licences.ROOT / licences.RUNTIME).read_text()))
    assert names["pkg:generic"] == set(licences.model_licences())
    assert set(jars.locked_digests().values()) <= digests
    assert [each["name"] for each in components if not each.get("licenses")] == []


def test_the_bill_is_the_same_whenever_it_is_made(text: str) -> None:
    assert sbom.sbom_text() == text
