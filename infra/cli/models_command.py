"""`shopfloor models`: which detectors there are, whether they work, and how to get more."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from event_store.errors import ShopfloorError

if TYPE_CHECKING:
    from vision_workers.detectors import ObjectDetector
    from vision_workers.models import Model, Models

models_app = typer.Typer(no_args_is_help=True, help="List, add, check, measure and fetch detectors.")

Name = Annotated[str, typer.Argument(help="Name or folder of a model.")]


@models_app.command("list")
def list_models() -> None:
    """Say which models are here and which can be fetched."""
    from vision_workers.models import DEFAULT_MODEL, read_model_folder

    models = _models()
    for folder in models.folders():
        try:
            model = read_model_folder(folder)
        except ShopfloorError as problem:
            typer.echo(f"{folder.name}: unusable: {problem}")
            continue
        default = ", the default" if model.name == DEFAULT_MODEL else ""
        typer.echo(f"{model.name}: {_described(model)}{default}")
    here = {folder.name for folder in models.folders()}
    for name in models.published():
        if name not in here:
            typer.echo(f"{name}: published, not here; `shopfloor models pull {name}`")


@models_app.command("add")
def add(
    folder: Annotated[Path, typer.Argument(help="A folder with model.toml and the network: see docs/models.md.")],
) -> None:
    """Check a model folder, try it, and copy it to the models of this installation."""
    from vision_workers.models import read_model_folder

    _detector(read_model_folder(folder))
    model = _models().add(folder)
    typer.echo(f"{model.name}: added to {model.folder}")


@models_app.command("check")
def check(
    name: Annotated[str | None, typer.Argument(help="Name or folder; all models if absent.")] = None,
) -> None:
    """Load a model and show it pictures in which nobody is; one that sees a crowd there is suspect."""
    from vision_workers.detectors.errors import UnusableModels

    models = _models()
    folders = [models.find(name).folder] if name else list(models.folders())
    failed = [folder.name for folder in folders if not _passes(folder)]
    if failed:
        raise UnusableModels(failed)


@models_app.command("bench")
def bench(
    name: Name, seconds: Annotated[float, typer.Option("--seconds", min=0.1, help="How long to measure.")] = 5.0
) -> None:
    """Measure how many pictures a second a model takes on this machine's device."""
    from vision_workers.detectors.examination import measure

    speed = measure(_detector(_models().find(name)), seconds)
    typer.echo(
        f"{name}: {speed.pictures_per_s:.0f} pictures a second, {speed.cpu_ms_per_picture:.1f} CPU-ms a picture, "
        f"{speed.requests} requests at once"
    )


@models_app.command("pull")
def pull(
    name: Annotated[str, typer.Argument(help="A published model: see `shopfloor models list`.")],
    source: Annotated[Path | None, typer.Option("--from", help="Take the files from this folder.")] = None,
) -> None:
    """Fetch a published model from its origin, or from a folder, and check every digest.

    `shopfloor models pull person-vehicle-bike-detection-2001`
    """
    from vision_workers.models.pull import pull as fetch

    model = fetch(_models(), name, source)
    typer.echo(f"{model.name}: {_described(model)}, in {model.folder}")


def _passes(folder: Path) -> bool:
    from vision_workers.detectors.examination import examine
    from vision_workers.models import read_model_folder

    try:
        found = examine(_detector(read_model_folder(folder)))
    except ShopfloorError as problem:
        typer.echo(f"{folder.name}: unusable: {problem}")
        return False
    verdict = "ModelSuspect, it floods" if found.floods else "ok"
    typer.echo(f"{folder.name}: {verdict} ({found.detections_per_picture:.1f} detections where nobody is)")
    return not found.floods


def _models() -> "Models":
    from infra import settings
    from vision_workers.models import Models

    return Models(settings.load().data / "models")


def _detector(model: "Model") -> "ObjectDetector":
    from vision_workers.detectors import Device
    from vision_workers.settings import load_vision_settings

    return Device(load_vision_settings().device).detector(model)


def _described(model: "Model") -> str:
    taken = model.description.input
    classes = ", ".join(model.description.classes)
    return f"{model.description.task} {classes}, {taken.width}x{taken.height}, {model.description.licence}"
