from pathlib import Path

import pytest

from infra.accuracy.checks import Check
from infra.accuracy.filmed import judged
from infra.accuracy.filming import SCENARIOS, SEED, Filmed, film_all
from infra.accuracy.models import PersonModels, gather
from vision_workers.models import DEFAULT_MODEL
from vision_workers.simulator import simulate

VISIT = """
cameras = ["entrance"]
seconds = 12

[[shopper]]
at = 0.0
path = ["door", "3.2,2.2:1s", "door"]
"""
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> PersonModels:
    return gather(Path("none"), tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Filmed:
    folder = tmp_path_factory.mktemp("film")
    scenario = folder / "visit.toml"
    scenario.write_text(VISIT)
    return Filmed(name="visit", simulation=simulate(scenario, folder / "clips", SEED))


def test_a_filmed_visit_is_judged_by_what_happened_in_it(film: Filmed, models: PersonModels) -> None:
    checks = {check.what: check for check in judged(film, models, DEFAULT_MODEL)}

    assert set(checks) == {"visit: come in", "visit: leave", "visit: whole visits", "visit: gate in", "visit: gate out"}
    assert [check for check in checks.values() if not check.passed] == []
    assert all(check.truth == "1" for check in checks.values())


def test_a_film_that_does_not_show_what_happened_fails(
    film: Filmed, models: PersonModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.accuracy.filmed.watched", lambda *_: [])

    checks: list[Check] = [*judged(film, models, DEFAULT_MODEL)]

    assert len(checks) == 5
    assert not any(check.passed for check in checks)


def test_every_scenario_has_its_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = tmp_path / "scenarios" / "nobody-in-sight.toml"
    scenario.parent.mkdir()
    scenario.write_text(VISIT.replace("seconds = 12", "seconds = 1"))
    monkeypatch.setattr("infra.accuracy.filming.SCENARIOS", scenario.parent)
    told: list[str] = []

    (filmed,) = film_all(tmp_path / "films", told.append)

    assert filmed.simulation.clips["entrance"].is_file()
    assert told == ["filmed nobody-in-sight (1 of 1)"]
    assert len([*SCENARIOS.glob("*.toml")]) >= 7
