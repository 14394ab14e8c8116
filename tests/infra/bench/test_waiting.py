import pytest

from infra.bench import waiting
from infra.bench.waiting import Tally, told


def test_long_work_says_what_it_is_and_how_long_it_took() -> None:
    said: list[str] = []
    with told(said.append, "sealing"):
        pass

    assert said == ["sealing", "sealing: done in 0 s"]


def test_an_amount_is_told_now_and_then_and_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    tally = Tally(said.append, "facts", 100)
    tally.add(40)
    assert said == []
    monkeypatch.setattr(waiting, "EVERY_S", 0.0)
    tally.add(10)
    tally.add(50)

    assert [line.split(", ")[0] for line in said] == ["facts: 50 of 100", "facts: 100 of 100"]
