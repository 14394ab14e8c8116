from pathlib import Path

import pytest

from infra.accuracy.checks import Check, Section, closing_line, count, seconds, skipped
from infra.accuracy.clips import real_films
from infra.accuracy.crossings import Course, film, score
from infra.accuracy.models import gather
from infra.accuracy.report import report
from infra.accuracy.stories import told
from vision_workers.models import DEFAULT_MODEL

CROWD = Course(name="4 people", people=4)


@pytest.mark.parametrize(("truth", "measured", "within", "right"), [(6, 6, 0, True), (6, 5, 0, False), (6, 5, 1, True)])
def test_a_count_is_right_within_its_tolerance(truth: int, measured: int, within: int, right: bool) -> None:  # noqa: FBT001 - a table
    assert count("people", truth, measured, within).passed is right


def test_moments_are_right_when_the_worst_one_is() -> None:
    assert seconds("come in", [1.0, 5.0], [1.4, 4.7], 0.5).passed
    assert not seconds("come in", [1.0, 5.0], [1.6, 5.0], 0.5).passed
    assert not seconds("come in", [1.0, 5.0], [1.0], 0.5).passed
    assert seconds("come in", [], [], 0.5).passed


def test_the_closing_line_counts_every_check() -> None:
    checks = [count("a", 1, 1), count("b", 1, 2), skipped("c", "no film")]

    assert closing_line([Section(title="Films", text="", checks=checks)]) == "1 passed, 1 failed, 1 skipped"


def test_the_report_shows_what_failed() -> None:
    wrong = Check(what="people", truth="3", measured="4", passed=False)

    text = report([Section(title="Films", text="Real ones.", checks=[wrong])])

    assert "| people | 3 | exact | 4 | **no** |" in text
    assert "- people: not looked into yet." in text


def test_the_report_puts_the_answers_of_several_models_side_by_side() -> None:
    checks = [count("people", 3, 3, by="one"), count("people", 3, 4, by="another"), count("doors", 1, 1, by="another")]

    text = report([Section(title="Films", text="", checks=checks)])

    assert "| check | truth | tolerance | one | another |" in text
    assert "| people | 3 | exact | 3 | **4** |" in text
    assert "| doors | 1 | exact |  | 1 |" in text
    assert "- people (another): not looked into yet." in text


def test_films_that_are_not_there_are_skipped(tmp_path: Path) -> None:
    models = gather(tmp_path / "none", tmp_path / "models")

    (check,) = real_films(tmp_path / "none", models, lambda _: None).checks

    assert check.passed is None
    assert models.names == (DEFAULT_MODEL,)
    assert len(models.missing) == 5


def test_the_same_seed_films_the_same_scene() -> None:
    assert film(CROWD, 3) == film(CROWD, 3)
    assert film(CROWD, 3) != film(CROWD, 4)


def test_a_tracker_that_knows_everybody_has_no_switch_and_one_that_names_by_frame_has_many() -> None:
    shots = film(CROWD, 3)
    knowing = [[(str(who), found.box) for who, found in shot.detections if who >= 0] for shot in shots]
    guessing = [[(f"{name} {number % 2}", box) for name, box in seen] for number, seen in enumerate(knowing)]

    assert score(shots, knowing).switches == 0
    assert score(shots, knowing).followed == score(shots, knowing).detected
    assert score(shots, guessing).switches > 50


@pytest.mark.parametrize("story", ["turning-back", "crossing-paths"])
def test_a_simulated_story_is_told_as_it_happened(story: str, tmp_path: Path) -> None:
    checks = [*told(story, 1, tmp_path)]

    assert len(checks) >= 4
    assert [check for check in checks if not check.passed] == []
