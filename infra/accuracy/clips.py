"""Real films through the vision part, with every person model there is."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from event_store.events import ShopperEntered, ShopperExited
from event_store.layout.reading import parse_layout
from infra.accuracy.checks import Check, Section, count, skipped, times
from vision_workers.cameras import Playing
from vision_workers.cameras.moments import EPOCH
from vision_workers.detectors import Device
from vision_workers.errors import VisionError
from vision_workers.models import Models
from vision_workers.models.pull import pull
from vision_workers.trial import Outcome, Trial, run_trial

LAYOUTS = Path(__file__).parents[2] / "tests" / "layouts"
ONE_BY_ONE = "one-by-one-person-detection.mp4"
ONLOOKERS = ("store-aisle-detection.gif", "worker-zone-detection.gif", "classroom.gif")
WITHIN_S = 1.0


class Films(msgspec.Struct, frozen=True):
    """The folder of real films, the models to try and where they were put."""

    folder: Path
    models: Models
    device: Device


def real_films(folder: Path) -> Section:
    """Check every real film with every person model; all are skipped where the folder is absent."""
    title = "Real films"
    text = (
        "`shopfloor try` on Intel's sample videos (CC BY 4.0). Six people come in by the bottom edge of one film and\n"
        "leave by the right edge; in the others nobody comes or goes, and people are told apart by the samples' tracks."
    )
    if not folder.is_dir():
        return Section(title=title, text=text, checks=[skipped("real films", "the folder of real videos is absent")])
    with tempfile.TemporaryDirectory() as place:
        films = Films(folder, Models(Path(place)), Device())
        return Section(title=title, text=text, checks=list(_checks(films)))


def _checks(films: Films) -> Iterator[Check]:
    truth = json.loads((films.folder / "ground_truth.json").read_text())
    for model in films.models.published():
        try:
            pull(films.models, model, films.folder / "models")
        except VisionError as problem:
            yield skipped(model, str(problem))
            continue
        yield from _one_by_one(films, model, truth[ONE_BY_ONE]["people"])
        for clip in ONLOOKERS:
            people = truth[clip]["distinct_people"]
            outcome = _watch(films, clip, "onlookers.toml", model)
            tracks = {sample.track_id for sample in outcome.samples}
            yield count(f"{model}: people in {clip}", people, len(tracks))


def _one_by_one(films: Films, model: str, people: list[dict[str, float]]) -> Iterator[Check]:
    facts = [envelope.event for envelope in _watch(films, ONE_BY_ONE, "one_by_one.toml", model).facts]
    entered = [fact for fact in facts if isinstance(fact, ShopperEntered) and fact.door_id == "bottom"]
    left = [fact for fact in facts if isinstance(fact, ShopperExited) and fact.door_id == "right"]
    for what, told, key in (("come in", entered, "enter_s"), ("leave", left, "leave_s")):
        moments = sorted((fact.time - EPOCH).total_seconds() for fact in told)
        yield times(f"{model}: six people {what}", [person[key] for person in people], moments, WITHIN_S)


def _watch(films: Films, clip: str, layout: str, model: str) -> Outcome:
    outcome = Outcome(None, lambda _: None)
    path = LAYOUTS / layout
    trial = Trial(
        source=str(films.folder / "video" / clip),
        layout=parse_layout(path.read_bytes(), path),
        camera_id=None,
        model=model,
        playing=Playing(),
        models=films.models,
        device=films.device,
        worker="accuracy",
    )
    run_trial(trial, outcome)
    return outcome
