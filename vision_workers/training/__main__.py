"""`python -m vision_workers.training`: learn from labelled folders, then write the network file."""

from pathlib import Path

import typer

from vision_workers.training.labelled import LabelledFolder

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


@app.command()
def train(
    folders: list[str] = typer.Argument(help="Labelled folders, each as PATH or PATH=WEIGHT."),
    checkpoint: Path = typer.Option(..., help="State of the training; an existing one is continued."),
    steps: int = typer.Option(6000, help="Steps in all."),
    batch: int = typer.Option(16, help="Samples in a step."),
    seed: int = typer.Option(1, help="Equal seeds give equal samples."),
    threads: int = typer.Option(2, help="Processor threads."),
) -> None:
    """Train the default person detector; may be stopped and started again at any time."""
    import torch  # noqa: PLC0415 - labelling and help do without it

    from vision_workers.training.batches import Samples  # noqa: PLC0415 - the same
    from vision_workers.training.trainer import Plan, Trainer  # noqa: PLC0415 - the same

    torch.set_num_threads(threads)
    weighted = [
        (LabelledFolder(Path(path)), float(weight or 1)) for path, _, weight in (f.partition("=") for f in folders)
    ]
    trainer = Trainer(Plan(steps=steps, batch=batch, seed=seed), checkpoint)
    trainer.learn(Samples(weighted, seed, steps * batch))


@app.command(name="label")
def label_videos(
    videos: list[str] = typer.Argument(help="Videos, each as PATH, PATH=SECONDS to leave it there, or PATH=nobody."),
    teachers: tuple[Path, Path] = typer.Option(..., help="Two model folders; what both find is a person."),
    out: Path = typer.Option(..., help="Labelled folder to add to."),
) -> None:
    """Label real videos with two published detectors."""
    from vision_workers.detectors import Device  # noqa: PLC0415 - help is quick without it
    from vision_workers.models import read_model_folder  # noqa: PLC0415 - the same
    from vision_workers.training.real_frames import Clip, label  # noqa: PLC0415 - the same

    device = Device("CPU")
    first, second = (device.detector(read_model_folder(folder)) for folder in teachers)
    clips = [
        Clip(path=Path(path), until_s=float(end) if end[:1].isdigit() else None, nobody=end == "nobody")
        for path, _, end in (video.partition("=") for video in videos)
    ]
    typer.echo(f"{label(clips, (first, second), out)} frames labelled in {out}")


@app.command()
def draw(
    out: Path = typer.Option(..., help="Labelled folder to add to."),
    stores: int = typer.Option(700, help="Stores to invent; ten frames of each."),
    seed: int = typer.Option(1, help="Equal seeds give equal frames."),
) -> None:
    """Draw training frames with the simulator."""
    from rich.progress import track  # noqa: PLC0415 - help is quick without it

    from vision_workers.training.drawn_frames import draw_frames  # noqa: PLC0415 - the same

    for _ in track(draw_frames(seed, stores, out), total=stores, description="drawing stores"):
        pass


@app.command(name="export")
def export_network(checkpoint: Path, network_file: Path) -> None:
    """Write the trained network as OpenVINO IR."""
    from vision_workers.training.export import export  # noqa: PLC0415 - labelling and help do without torch

    export(checkpoint, network_file)


@app.command(name="measure")
def measure_models(
    models: list[Path] = typer.Argument(help="Model folders."),
    clip: list[Path] = typer.Option([], help="A simulated clip's <camera>.truth.json; may be given again."),
    frames: list[Path] = typer.Option([], help="A labelled folder; may be given again."),
    videos: Path | None = typer.Option(None, help="The folder of real videos whose kept frames were marked by hand."),
) -> None:
    """Measure models side by side, as rows of a model card."""
    from vision_workers.detectors import Device  # noqa: PLC0415 - help is quick without it
    from vision_workers.models import read_model_folder  # noqa: PLC0415 - the same
    from vision_workers.training.kept import kept_frames, kept_videos  # noqa: PLC0415 - the same
    from vision_workers.training.report import clip_frames, folder_frames, judge  # noqa: PLC0415 - the same

    device = Device("CPU")
    typer.echo("| frames | model | people | precision | recall | AP50 | CPU ms |\n|---|---|---|---|---|---|---|")
    for folder in models:
        model = read_model_folder(folder)
        sets = {str(path.parent.name + "/" + path.name.split(".")[0]): clip_frames(path) for path in clip}
        sets |= {path.name: folder_frames(path) for path in frames}
        sets |= {kept.video: kept_frames(kept, videos) for kept in kept_videos()} if videos else {}
        for name, marked in sets.items():
            row = judge(device, model, marked)
            told = row.figures
            shares = f"{told.precision:.3f} | {told.recall:.3f} | {told.average_precision:.3f}"
            typer.echo(f"| {name} | {model.name} | {told.people} | {shares} | {row.processor_ms:.1f} |")


app()
