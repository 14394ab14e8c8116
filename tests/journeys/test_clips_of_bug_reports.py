"""Clips that other software was wrong about, from the file to the count; they need the folder of real data."""

from pathlib import Path

import pytest

from event_store.events.visits import ShopperEntered, ShopperExited
from event_store.layout.reading import read_layout
from vision_workers.cameras import Playing
from vision_workers.detectors import Device
from vision_workers.models import Models
from vision_workers.trial import Outcome, Trial, run_trial

pytestmark = pytest.mark.real_data


@pytest.mark.parametrize("clip", ["two", "two-interlaced", "two-hole"])
def test_two_who_come_and_go_are_two_whatever_the_file_is_like(shared_data: Path, tmp_path: Path, clip: str) -> None:
    cases = shared_data / "cases"
    outcome = Outcome(None, lambda _: None)
    trial = Trial(
        source=str(cases / f"{clip}.mp4"),
        layout=read_layout(cases / "shop.toml"),
        camera_id=None,
        model=str(cases / "blobs"),
        playing=Playing(),
        models=Models(tmp_path),
        device=Device(),
        worker="worker",
    )

    run_trial(trial, outcome)

    kinds = [type(fact.event) for fact in outcome.facts]
    assert (kinds.count(ShopperEntered), kinds.count(ShopperExited)) == (2, 2)
