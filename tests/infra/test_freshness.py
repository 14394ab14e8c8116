import tomllib
from pathlib import Path

from infra import freshness

PROJECT = {"dependencies": ["spam>=2", "Eggs_And.Ham==1.5"], "optional-dependencies": {"dev": ["tool"]}}
LOCK = "spam==2.1 \\\n    --hash=sha256:00\neggs-and-ham==1.5 ; python_version >= '3.11' \\\n    --hash=sha256:00\n"


def test_every_generated_file_and_lock_is_fresh() -> None:
    assert freshness.problems() == []


def test_a_lock_without_a_requirement_of_an_extra_is_stale() -> None:
    assert freshness.unlocked(PROJECT, LOCK, ()) == []
    assert freshness.unlocked(PROJECT, LOCK, ("dev",)) == ["tool"]


def test_a_lock_with_a_version_that_is_no_longer_wanted_is_stale() -> None:
    assert freshness.unlocked(PROJECT, LOCK.replace("spam==2.1", "spam==1.9"), ()) == ["spam>=2"]


def test_a_generated_file_that_somebody_edited_is_stale(tmp_path: Path) -> None:
    for path in freshness.GENERATED:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    freshness.write(tmp_path)

    assert freshness.stale_files(tmp_path) == []

    (tmp_path / "docs/layout.schema.json").write_text("{}")
    assert freshness.stale_files(tmp_path) == ["docs/layout.schema.json"]


def test_no_lock_names_an_address() -> None:
    for path in Path(freshness.ROOT, "infra/requirements").iterdir():
        assert "://" not in path.read_text(), path


def test_the_command_and_its_package_are_called_shopfloor() -> None:
    project = tomllib.loads((freshness.ROOT / "pyproject.toml").read_text())["project"]

    assert project["name"] == "shopfloor"
    assert list(project["scripts"]) == ["shopfloor"]
