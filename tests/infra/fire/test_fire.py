"""A short fire on the real services: whatever it kills, nothing is lost, doubled, altered or out of order."""

import pytest

from infra.fire.__main__ import main
from infra.fire.fire import burn
from tests.builders.own_services import services_folder

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]

SEED = 7
SECONDS = 5.0
PATIENCE_S = 900
"""On a machine that is busy with other things; it takes half a minute."""


@pytest.mark.timeout(PATIENCE_S)
def test_after_a_short_fire_the_books_are_those_of_an_undisturbed_run() -> None:
    with services_folder() as folder:
        outcome = burn(folder, SEED, SECONDS, driver="faust", say=lambda _: None)

    assert outcome.is_clean, outcome.report() + outcome.logs
    assert outcome.report().splitlines()[-1].endswith(" passed, 0 failed, 0 skipped")


@pytest.mark.parametrize("words", [[], ["one", "5", "faust"], ["1", "5"], ["1", "0", "faust"], ["1", "5", "spark"]])
def test_wrong_words_are_told_the_right_ones(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert "make fire SEED=1 MINUTES=5" in capsys.readouterr().err
