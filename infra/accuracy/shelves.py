"""Filmed shelves through the real detectors and watchers, judged by the simulator's exact truth."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from event_store.events.event import Event
from event_store.events.items import ItemFact, ItemPicked, ItemReturned
from event_store.events.labels import LabelRead
from event_store.events.shelves import ShelfEmpty
from event_store.layout.model import Layout
from event_store.layout.reading import read_layout
from infra.accuracy.checks import Check, Section
from infra.accuracy.filming import AT_ONCE, Filmed
from infra.accuracy.models import PersonModels
from infra.demo.shelf_truth import Happened, count_real
from vision_workers.cameras import Playing
from vision_workers.cameras.moments import EPOCH
from vision_workers.models import DEFAULT_MODEL
from vision_workers.simulator import simulate
from vision_workers.simulator.truth import Handled, StoreTruth
from vision_workers.trial import Outcome, Trial, run_trial

SCENARIOS = Path(__file__).parent / "scenarios" / "shelves"
SEEDS = (11, 12, 13)
"""Other ones than the demo's; nothing was fitted to them."""
ITEM_S, GAP_S = 3.0, 2.0
TEXT = f"""Shoppers take from a simulated fridge, put back, only reach in and walk by; somebody fills it up. Each
scenario is filmed with other people, light and goods around by each seed. A pick or a return is right
within {ITEM_S:g} s of a real one at the same facing, an empty facing within {GAP_S:g} s of its patience. Where facts
were told that were not real, both numbers stand there. One camera without doors sees it, so nobody's
visit is known: who fills up looks like who puts back."""


def filmed_shelves(models: PersonModels, folder: Path, tell: Callable[[str], None]) -> Section:
    """Film every scenario by every seed and watch it with the default model."""
    films = _film_all(folder)
    checks: list[Check] = []
    for film in films:
        tell(f"watching {film.name}")
        layout = read_layout(film.simulation.layout)
        checks += judged(film, layout, watched(film, layout, models))
    return Section(title="Filmed shelves", text=TEXT, checks=checks)


def judged(film: Filmed, layout: Layout, facts: Sequence[Event]) -> Iterator[Check]:
    """Yield what the facts say beside the truth."""
    name, truth = film.name, film.truth
    handled = [each for shopper in truth.shoppers for each in shopper.handled]
    picked = [each for each in facts if isinstance(each, ItemPicked)]
    returned = [each for each in facts if isinstance(each, ItemReturned)]
    yield _found(f"{name}: picks", picked, _of(handled, "picked"), ITEM_S)
    yield _found(f"{name}: returns", returned, _of(handled, "returned"), ITEM_S)
    empty = [each for each in facts if isinstance(each, ShelfEmpty)]
    due = [*_gaps_due(truth, layout)]
    yield _found(f"{name}: empty facings", empty, due, GAP_S)
    said = {(each.shelf_id, each.slot): each.price for each in facts if isinstance(each, LabelRead)}
    right = sum(said.get((each.shelf_id, each.slot)) == each.price for each in truth.labels)
    wrong = sum(said.get((each.shelf_id, each.slot)) not in {None, each.price} for each in truth.labels)
    measured = f"{right} right, {wrong} wrong"
    passed = right == len(truth.labels)
    yield Check(what=f"{name}: prices", truth=str(len(truth.labels)), measured=measured, passed=passed)


def _gaps_due(truth: StoreTruth, layout: Layout) -> Iterator[Happened]:
    """Yield when each gap that outlasts its facing's patience is to be told."""
    patience_s = {(shelf.id, facing.slot): facing.patience_s for shelf in layout.shelf for facing in shelf.facing}
    for gap in truth.gaps:
        place = gap.shelf_id, gap.slot
        if gap.to_s is None or gap.to_s - gap.from_s > patience_s[place]:
            yield Happened(place, gap.from_s + patience_s[place])


def watched(film: Filmed, layout: Layout, models: PersonModels) -> list[Event]:
    """Return the facts of the only camera of a film."""
    (camera,) = layout.camera
    playing = Playing(folder=film.simulation.layout.parent)
    trial = Trial(
        source=camera.source,
        layout=layout,
        camera_id=camera.id,
        model=DEFAULT_MODEL,
        playing=playing,
        models=models.folder,
        device=models.device,
        worker="accuracy",
    )
    outcome = Outcome(None, lambda _: None)
    run_trial(trial, outcome)
    return [envelope.event for envelope in outcome.facts]


def _film_all(folder: Path) -> list[Filmed]:
    wanted = [(path, seed) for path in sorted(SCENARIOS.glob("*.toml")) for seed in SEEDS]
    with ProcessPoolExecutor(AT_ONCE, mp_context=get_context("spawn")) as processes:
        filming = [processes.submit(simulate, path, folder / f"{path.stem}-{seed}", seed) for path, seed in wanted]
        return [
            Filmed(name=f"{path.stem}, {seed}", simulation=film.result())
            for (path, seed), film in zip(wanted, filming, strict=True)
        ]


def _of(handled: Sequence[Handled], movement: str) -> list[Happened]:
    return [Happened((each.shelf_id, each.slot), each.at_s) for each in handled if each.movement == movement]


def _found(
    what: str, facts: Sequence[ItemFact] | Sequence[ShelfEmpty], real: Sequence[Happened], within_s: float
) -> Check:
    told = [Happened((each.shelf_id, each.slot), _second(each)) for each in facts]
    right = count_real(told, real, within_s)
    return Check(
        what=what,
        truth=str(len(real)),
        tolerance=f"± {within_s:g} s",
        measured=str(right) if right == len(told) else f"{right} real of {len(told)}",
        passed=right == len(told) == len(real),
    )


def _second(event: Event) -> float:
    return (event.time - EPOCH).total_seconds()
