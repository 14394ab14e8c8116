"""`shopfloor simulate`: a scenario becomes clips, the truth about them and a layout."""

from pathlib import Path
from typing import Annotated

import typer


def simulate(
    scenario: Annotated[Path, typer.Argument(metavar="SCENARIO", help="A scenario file; see docs/simulator.md.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for clips, truth and layout; made if it is not there.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="Equal seeds give equal files.")] = 1,
    no_film: Annotated[bool, typer.Option("--no-film", help="Only truth and layout, no clips.")] = False,
) -> None:
    """Play a scenario in a small store and film it; needs the development extra.

    `shopfloor simulate visit.toml --out clips --seed 1`

    The clips come with the truth and a layout for `try` and `up`.
    """
    from rich.console import Console
    from rich.progress import Progress

    from vision_workers.simulator import simulate as play

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("filming", total=1.0)
        done = play(scenario, out, seed, film=not no_film, progress=lambda share: bar.update(task, completed=share))
    clips = "" if no_film else f"{len(done.clips)} clips, "
    typer.echo(
        f"{out}: {clips}{done.seconds:.0f} s; the truth is in {done.truth.name}, the layout in {done.layout.name}"
    )
