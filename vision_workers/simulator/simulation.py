"""From a scenario to clips, their truth and the layout that fits them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np

from event_store.layout.geometry import contains
from vision_workers.frames import Picture
from vision_workers.simulator.clips import write_clip
from vision_workers.simulator.figures import Part, Pose, figure
from vision_workers.simulator.furniture import furnish
from vision_workers.simulator.goods import goods, prints
from vision_workers.simulator.layouts import write_layout
from vision_workers.simulator.lenses import Lens
from vision_workers.simulator.looks import Look
from vision_workers.simulator.plans import CameraPlan, Plan
from vision_workers.simulator.scenarios import Script, read_script
from vision_workers.simulator.sensors import draw_sensor, expose
from vision_workers.simulator.shelves import facings
from vision_workers.simulator.sight import View
from vision_workers.simulator.stage import Stage
from vision_workers.simulator.stocks import Stock
from vision_workers.simulator.telling import tell, tell_gaps, tell_labels, total
from vision_workers.simulator.truth import CameraTruth, FrameTruth, Person, StoreTruth
from vision_workers.simulator.walks import STEPS_PER_S, Walks

FINER = 2
"""Drawn so many times as large and made smaller, so that edges are as soft as a camera's."""
AFTERWARDS_S = 2.0
Steps = Sequence[Mapping[int, Pose]]


class Simulation(msgspec.Struct, frozen=True, kw_only=True):
    """What a simulation left behind."""

    layout: Path
    truth: Path
    clips: dict[str, Path]
    """By camera."""
    camera_truths: dict[str, Path]
    seconds: float


class Acted(msgspec.Struct, frozen=True):
    """What happened in the store, step by step."""

    steps: Steps
    looks: Sequence[Look]
    stock: Stock


def simulate(
    scenario: Path, folder: Path, seed: int = 1, *, film: bool = True, progress: Callable[[float], None] | None = None
) -> Simulation:
    """Write the clips of a scenario, what really happened in them, and a layout for them; equal seeds give equal files.

    Without `film` there are no clips, and Panda3D is not needed. Raises `InvalidScenario`, `RendererMissing`.
    """
    script = read_script(scenario)
    acted = act(script, seed)
    folder.mkdir(parents=True, exist_ok=True)
    cameras = [each for each in script.plan.camera if each.id in (script.scenario.cameras or [each.id])]
    lenses = {camera.id: _lens(camera, camera.size or script.scenario.size) for camera in cameras}
    clips = {camera.id: folder / f"{camera.id}.mp4" for camera in cameras}
    truths = {name: folder / f"{name}.truth.json" for name in lenses}
    for number, (name, lens) in enumerate(lenses.items()):
        shots = list(_shots(script, acted.steps))
        seen = CameraTruth(
            camera_id=name,
            clip=clips[name].name,
            size=lens.size,
            fps=script.scenario.fps,
            frames=_watch(script.plan, lens, shots, acted.looks),
        )
        _write(truths[name], seen)
        if film:
            for frame in _film(script, lens, clips[name], shots, acted, seed=seed):
                if progress:
                    progress((number + frame / len(shots)) / len(lenses))
    layout, truth = folder / "layout.toml", folder / "truth.json"
    layout.write_text(write_layout(script.plan, lenses, {name: clip.name for name, clip in clips.items()}), "utf-8")
    story = tell_story(script, acted, seed)
    _write(truth, story)
    return Simulation(layout=layout, truth=truth, clips=clips, camera_truths=truths, seconds=story.seconds)


def act(script: Script, seed: int) -> Acted:
    """Return where everybody is at every step, what everybody looks like, and what they did at the shelves."""
    walks = Walks(script, seed)
    steps: list[Mapping[int, Pose]] = []
    wanted = script.scenario.seconds
    while len(steps) < round((wanted or 0) * STEPS_PER_S) or (wanted is None and not walks.done):
        steps.append(walks.step())
    if wanted is None:
        steps += [walks.step() for _ in range(round(AFTERWARDS_S * STEPS_PER_S))]
    return Acted(steps, [walker.look for walker in walks.walkers], walks.stock)


def tell_story(script: Script, acted: Acted, seed: int) -> StoreTruth:
    """Return the truth about a store."""
    seconds, places = len(acted.steps) / STEPS_PER_S, facings(script.plan)
    shoppers = tell(script.plan, acted.steps, acted.stock.moves)
    return StoreTruth(
        scenario=script.name,
        store=script.plan.id,
        seed=seed,
        seconds=seconds,
        fps=script.scenario.fps,
        totals=total(script.plan, shoppers, seconds),
        shoppers=shoppers,
        gaps=tell_gaps(places, acted.stock),
        labels=tell_labels(places),
    )


def _lens(camera: CameraPlan, size: tuple[int, int]) -> Lens:
    return Lens(position=camera.position, target=camera.target, view_deg=camera.view_deg, size=size)


def _shots(script: Script, steps: Steps) -> Iterator[tuple[float, Mapping[int, Pose]]]:
    """The moment and the poses of every frame."""
    rate = script.scenario.fps
    for frame in range(int(len(steps) * rate / STEPS_PER_S)):
        yield frame / rate, steps[min(len(steps) - 1, round(frame * STEPS_PER_S / rate))]


Shots = Sequence[tuple[float, Mapping[int, Pose]]]


def _figures(poses: Mapping[int, Pose], looks: Sequence[Look]) -> dict[int, list[Part]]:
    return {number: figure(looks[number], pose) for number, pose in poses.items()}


def _watch(plan: Plan, lens: Lens, shots: Shots, looks: Sequence[Look]) -> list[FrameTruth]:
    view, frames = View(plan, lens), []
    for number, (at, poses) in enumerate(shots):
        sights = view.see(_figures(poses, looks))
        people = [
            Person(
                number=who,
                floor=(round(poses[who].x, 3), round(poses[who].y, 3)),
                foot=_foot(lens, poses[who]),
                box=sight.box,
                visible=sight.visible,
                zones=[zone.id for zone in plan.zone if contains(zone.floor_polygon, (poses[who].x, poses[who].y))],
            )
            for who, sight in sights.items()
            if sight.visible > 0
        ]
        frames.append(FrameTruth(frame=number, time_s=round(at, 3), people=people))
    return frames


def _foot(lens: Lens, pose: Pose) -> tuple[float, float]:
    x, y, _ = lens.project(np.array([[pose.x, pose.y, 0.0]]))[0]
    return round(float(x), 4), round(float(y), 4)


def _film(script: Script, lens: Lens, clip: Path, shots: Shots, acted: Acted, *, seed: int) -> Iterator[int]:
    """Write a clip; yield after every frame."""
    size, plan = lens.size, script.plan
    random = np.random.default_rng([seed, 2])
    stage = Stage(plan, furnish(plan, random), (size[0] * FINER, size[1] * FINER), random, prints(plan))
    random = np.random.default_rng([seed, 3, *clip.name.encode()])
    scenario = script.scenario
    sensor = scenario.sensors.get(clip.stem) or scenario.sensor or draw_sensor(random, scenario.noise)

    def pictures() -> Iterator[Picture]:
        for at, poses in shots:
            things = goods(plan, acted.stock, at, poses, acted.looks)
            yield expose(stage.draw(lens, _figures(poses, acted.looks), things), sensor, size, random)

    yield from write_clip(clip, pictures(), scenario.fps, size)
    stage.close()


def _write(path: Path, truth: StoreTruth | CameraTruth) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(truth), indent=1 if isinstance(truth, StoreTruth) else 0))
