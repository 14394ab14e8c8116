"""Filmed scenarios through the real detector, tracker and watchers, judged by the simulator's exact truth."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from event_store.events.event import Event
from event_store.events.lines import LineCrossed
from event_store.events.visits import ShopperEntered, ShopperExited
from event_store.events.zones import ZoneExited
from event_store.layout.digest import layout_digest
from event_store.layout.model import Layout
from event_store.layout.reading import read_layout
from infra.accuracy.checks import Check, Section, count, seconds, skipped
from infra.accuracy.filming import Filmed, film_all
from infra.accuracy.models import PersonModels
from vision_workers.cameras import Playing, open_source
from vision_workers.cameras.moments import EPOCH
from vision_workers.pipeline import CameraPlan, Pipeline, PipelineSettings, StorePlan
from vision_workers.runs import Run
from vision_workers.simulator.truth import ShopperTruth
from vision_workers.trial import Outcome
from vision_workers.watchers.people import RESUME

AT_DOOR_S, AT_LINE_S, DWELL_S = 1.0, 0.5, 1.0
TEXT = f"""Each scenario is drawn by the simulator (a software renderer, seeded); its clips go through the real decoder,
detector, tracker and watchers, all cameras of the store together. Counts are exact. By the contract of the facts,
somebody enters when a third of them can first be seen and leaves when that was so for the last time
(± {AT_DOOR_S:g} s); a line is crossed when the middle of the body is above it (± {AT_LINE_S:g} s); a stay that is as
long as the zone's minimum counts, and its dwell is within {DWELL_S:g} s. A whole visit is one id from door to door; it
is expected of everybody whom the door's camera misses for no longer than {RESUME.total_seconds():g} s. Cells show the
greatest difference, or what was counted where that is another number."""


def filmed_scenarios(models: PersonModels, folder: Path, tell: Callable[[str], None]) -> Section:
    """Film every scenario and judge every model by it."""
    films = film_all(folder, tell)
    checks = [skipped(f"filmed scenarios with {model}", why) for model, why in models.missing.items()]
    for model in models.names:
        tell(f"watching the films with {model}")
        for film in films:
            checks += judged(film, models, model)
    return Section(title="Filmed scenarios", text=TEXT, checks=sorted(checks, key=lambda check: check.what))


def judged(film: Filmed, models: PersonModels, model: str) -> Iterator[Check]:
    """Yield what a model's facts say beside the truth."""
    layout = read_layout(film.simulation.layout)
    facts, truth = watched(layout, film, models, model), film.truth
    yield from _doors(film, layout, facts, model)
    for line in layout.line:
        for way in ("in", "out"):
            crossed = [each for each in facts if isinstance(each, LineCrossed) and each.line_id == line.id]
            told = [_second(each) for each in crossed if each.direction == way]
            really = [
                each.at_s
                for shopper in truth.shoppers
                for each in shopper.lines
                if (each.line_id, each.direction) == (line.id, way)
            ]
            yield seconds(f"{film.name}: {line.id} {way}", sorted(really), sorted(told), AT_LINE_S, by=model)
    for zone in layout.zone:
        stays = [each for each in facts if isinstance(each, ZoneExited) and each.zone_id == zone.id]
        really = _stays(truth.shoppers, zone.id, zone.min_dwell_s)
        if any(each.zone_id == zone.id for shopper in truth.shoppers for each in shopper.zones):
            told = [each.dwell_ms / 1000 for each in sorted(stays, key=lambda each: each.entered_at)]
            yield seconds(f"{film.name}: stays in {zone.id}", really, told, DWELL_S, by=model)


def _doors(film: Filmed, layout: Layout, facts: list[Event], model: str) -> Iterator[Check]:
    (camera,) = {door.camera for door in layout.door}
    seen = {each.number: film.in_sight(camera, each.number) for each in film.truth.shoppers}
    entered = [each for each in facts if isinstance(each, ShopperEntered)]
    left = [each for each in facts if isinstance(each, ShopperExited) and each.reason == "left"]
    came = sorted(seen[each.number][0] for each in film.truth.shoppers if each.entered)
    went = sorted(seen[each.number][-1] for each in film.truth.shoppers if each.left)
    yield seconds(f"{film.name}: come in", came, sorted(map(_second, entered)), AT_DOOR_S, by=model)
    yield seconds(f"{film.name}: leave", went, sorted(map(_second, left)), AT_DOOR_S, by=model)
    whole = [each for each in film.truth.shoppers if each.entered and each.left and not _is_lost(seen[each.number])]
    if whole:
        visits = {each.visit_id for each in entered} & {each.visit_id for each in left}
        yield count(f"{film.name}: whole visits", len(whole), len(visits), by=model)


def watched(layout: Layout, film: Filmed, models: PersonModels, model: str) -> list[Event]:
    """Return the facts of all cameras of a filmed store."""
    detectors = (models.device.detector(models.folder.find(model)),)
    playing, run = Playing(folder=film.simulation.layout.parent), Run(film.name.encode())
    cameras = [
        CameraPlan(camera_id=each.id, source=open_source(each.id, each.source, playing), detectors=detectors, run=run)
        for each in layout.camera
    ]
    plan = StorePlan(
        layout=layout,
        layout_digest=layout_digest(layout),
        cameras=tuple(cameras),
        recorded_from=playing.start,
        operations_run=run,
    )
    outcome = Outcome(None, lambda _: None)
    pipeline = Pipeline([plan], outcome, PipelineSettings(worker="accuracy"))
    pipeline.run()
    models.device.wait()
    for camera in pipeline.cameras:
        if camera.problem is not None:
            raise camera.problem
    return [envelope.event for envelope in outcome.facts]


def _stays(shoppers: Sequence[ShopperTruth], zone_id: str, least_s: float) -> list[float]:
    stays = [each for shopper in shoppers for each in shopper.zones if each.zone_id == zone_id]
    return [
        each.dwell_ms / 1000 for each in sorted(stays, key=lambda each: each.from_s) if each.dwell_ms >= least_s * 1000
    ]


def _is_lost(seen_s: Sequence[float]) -> bool:
    longest = max((after - before for before, after in pairwise(seen_s)), default=0.0)
    return longest > RESUME.total_seconds()


def _second(event: Event) -> float:
    return (event.time - EPOCH).total_seconds()
