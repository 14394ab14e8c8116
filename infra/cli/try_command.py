"""`shopfloor try`: the vision part alone."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from infra.errors import UnwritableFile


def try_source(
    source: Annotated[str, typer.Argument(metavar="VIDEO_OR_FOLDER", help="A video file, or a folder of pictures.")],
    layout: Annotated[Path, typer.Option("--layout", help="The store's layout file.")],
    camera: Annotated[
        str | None,
        typer.Option(
            "--camera", help="Which camera of the layout the video is from, by its id; needed where it has several."
        ),
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="Name or folder of the detector; the layout's if absent.")
    ] = None,
    events: Annotated[Path | None, typer.Option("--events", help="Write events here, not to stdout.")] = None,
    samples: Annotated[Path | None, typer.Option("--samples", help="Write position samples here.")] = None,
    overlay: Annotated[Path | None, typer.Option("--overlay", help="Write a video of what was seen here.")] = None,
    no_blur: Annotated[bool, typer.Option("--no-blur", help="Leave people as they are: on your own machine.")] = False,
    fps: Annotated[float, typer.Option("--fps", min=0.001, max=1000, help="Pictures a second of a folder.")] = 1.0,
    start_time: Annotated[
        str, typer.Option("--start-time", help="Time of the first frame: 2026-03-02T09:00:00Z.")
    ] = "1970-01-01T00:00:00Z",
) -> None:
    """Watch one recording without servers and write what happened, one CloudEvent a line.

    `shopfloor try clip.mp4 --layout shop.toml --overlay seen.mp4`

    Events go to stdout and all else to stderr. Times count from --start-time by the video's own clock. Status 0 when it
    was read to its end.
    """
    from event_store.layout.reading import read_layout
    from infra import settings
    from infra.cli.progress import Progress
    from infra.cli.times import parse_time
    from vision_workers.cameras import Playing
    from vision_workers.detectors import Device
    from vision_workers.models import Models
    from vision_workers.overlay import Overlay
    from vision_workers.settings import load_vision_settings
    from vision_workers.trial import Outcome, Trial, choose_camera, run_trial

    vision = load_vision_settings()
    plan = read_layout(layout)
    chosen = choose_camera(plan, camera)
    trial = Trial(
        source=source,
        layout=plan,
        camera_id=chosen.id,
        model=model,
        playing=Playing(start=parse_time(start_time), fps=fps),
        models=Models(settings.load().data / "models"),
        device=Device(vision.device),
        worker=vision.worker,
    )
    progress = Progress()
    with ExitStack() as files:
        into, samples_into = _opened(events, files), _opened(samples, files) if samples else None
        if overlay:
            drawing = Overlay(overlay, plan, chosen.id, blurred=not no_blur)
            files.callback(drawing.close)
        outcome = Outcome(drawing if overlay else None, progress.show)
        state = run_trial(trial, outcome)
        progress.finish(state, outcome)
        into.writelines(outcome.lines())
        if samples_into:
            samples_into.writelines(outcome.sample_lines())


def _opened(path: Path | None, files: ExitStack) -> BinaryIO:
    """Open a file before the work begins, so that nothing is watched in vain; stdout without a path."""
    if path is None:
        return sys.stdout.buffer
    try:
        return files.enter_context(path.open("wb"))
    except OSError as problem:
        raise UnwritableFile(path, problem.strerror or str(problem)) from problem
