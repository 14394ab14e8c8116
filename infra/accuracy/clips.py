"""Real films through the vision part, with every person model there is."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from event_store.events.visits import ShopperEntered, ShopperExited
from event_store.layout.reading import parse_layout
from infra.accuracy.checks import Check, Section, count, seconds, skipped
from infra.accuracy.models import PersonModels
from vision_workers.cameras import Playing
from vision_workers.cameras.moments import EPOCH
from vision_workers.trial import Outcome, Trial, run_trial

LAYOUTS = Path(__file__).parents[2] / "tests" / "layouts"
ONE_BY_ONE = "one-by-one-person-detection.mp4"
ONLOOKERS = ("store-aisle-detection.gif", "worker-zone-detection.gif", "classroom.gif")
WITHIN_S = 1.0


def real_films(folder: Path, models: PersonModels, tell: Callable[[str], None]) -> Section:
    """Check every real film with every person model; all are skipped where the folder is absent."""
    title = "Real films"
    text = (
        "`shopfloor try` on Intel's sample videos (CC BY 4.0). Six people come in by the bottom edge of one film and\n"
        "leave by the right edge; in the others nobody comes or goes, and people are told apart by the samples' tracks."
    )
    if not folder.is_dir():
        return Section(title=title, text=text, checks=[skipped("real films", "the folder of real videos is absent")])
    checks = [skipped(f"real films with {model}", why) for model, why in models.missing.items()]
    truth = json.loads((folder / "ground_truth.json").read_text())
    for model in models.names:
        tell(f"watching real films with {model}")
        checks += _one_by_one(folder / "video", models, model, truth[ONE_BY_ONE]["people"])
        for clip in ONLOOKERS:
            outcome = _watch(folder / "video" / clip, "onlookers.toml", models, model)
            tracks = {sample.track_id for sample in outcome.samples}
            checks.append(count(f"people in {clip}", truth[clip]["distinct_people"], len(tracks), by=model))
    return Section(title=title, text=text, checks=sorted(checks, key=lambda check: check.what))


def _one_by_one(videos: Path, models: PersonModels, model: str, people: list[dict[str, float]]) -> Iterator[Check]:
    outcome = _watch(videos / ONE_BY_ONE, "one_by_one.toml", models, model)
    facts = [envelope.event for envelope in outcome.facts]
    entered = [fact for fact in facts if isinstance(fact, ShopperEntered) and fact.door_id == "bottom"]
    left = [fact for fact in facts if isinstance(fact, ShopperExited) and fact.door_id == "right"]
    for what, told, key in (("come in", entered, "enter_s"), ("leave", left, "leave_s")):
        moments = sorted((fact.time - EPOCH).total_seconds() for fact in told)
        yield seconds(f"six people {what}", [person[key] for person in people], moments, WITHIN_S, by=model)


def _watch(clip: Path, layout: str, models: PersonModels, model: str) -> Outcome:
    outcome = Outcome(None, lambda _: None)
    path = LAYOUTS / layout
    trial = Trial(
        source=str(clip),
        layout=parse_layout(path.read_bytes(), path),
        camera_id=None,
        model=model,
        playing=Playing(),
        models=models.folder,
        device=models.device,
        worker="accuracy",
    )
    run_trial(trial, outcome)
    return outcome
