"""Situations out of public bug reports through the real command."""

from collections import Counter
from pathlib import Path

import pytest

from tests.builders.trials import seconds_of, try_clip

pytestmark = pytest.mark.real_data


@pytest.mark.parametrize(
    ("clip", "entered_s", "left_s"),
    [("two", [0, 10], [7.9, 17.9]), ("two-quiet30", [0, 40], [7.9, 47.9]), ("guard", [], [])],
)
def test_reported_clips_are_counted_right(
    shared_data: Path, tmp_path: Path, clip: str, entered_s: list[float], left_s: list[float]
) -> None:
    cases = shared_data / "cases"

    seen = try_clip(cases / f"{clip}.mp4", str(cases / "shop.toml"), str(cases / "blobs"), tmp_path)

    assert [seconds_of(event) for event in seen.facts("ShopperEntered")] == pytest.approx(entered_s)
    assert [seconds_of(event) for event in seen.facts("ShopperExited")] == pytest.approx(left_s)
    visits = Counter(event["data"]["visit_id"] for event in seen.facts("ShopperExited"))
    assert set(visits.values()) <= {1}
