"""`shopfloor bench`: measure this machine, ours beside its limits and rivals."""

from pathlib import Path
from typing import Annotated

import typer

CHECKOUT = Path(__file__).parents[2]


def bench(
    only: Annotated[
        list[str] | None, typer.Option("--only", help="A benchmark's name, as --list tells them; may be repeated.")
    ] = None,
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Short runs that are printed and not kept.")] = False,
    events: Annotated[
        int | None, typer.Option("--events", min=200_000, help="Events of the longest history of `growth`; 10 million.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="Show the benchmarks' names and end.")] = False,
) -> None:
    """Measure ours beside its limits and rivals, in turns; rewrites docs/benchmarks.md from what was measured.

    Ctrl-C or SIGTERM ends it: what it started is stopped, what it wrote for itself is removed.
    """
    import signal
    import tempfile

    from infra.errors import BenchIncomplete, NoCheckout

    if not CHECKOUT.joinpath("docs", "benchmarks").is_dir():
        raise NoCheckout(CHECKOUT)

    from infra.bench import archive, report, running
    from infra.bench.bench import Bench
    from infra.bench.catalogue import BENCHMARKS

    if listed:
        for each in BENCHMARKS:
            typer.echo(f"{each.name:12} {each.title}")
        return
    chosen = running.choose(BENCHMARKS, only or [])
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    failed = []
    with (
        tempfile.TemporaryDirectory(prefix="shopfloor-bench-", ignore_cleanup_errors=True) as folder,
        Bench(Path(folder), quick=quick, largest=events, shared=_shared(report.ROOT), say=_say) as course,
    ):
        for measured, ended in running.run(course, chosen):
            failed += [] if ended else [measured.name]
            for line in report.lines_of(measured):
                typer.echo(line)
            if ended and not quick:
                archive.keep(report.ROOT / report.KEPT, measured)
    if not quick:
        (report.ROOT / report.REPORT).write_text(report.text_of_kept())
        typer.echo(f"the report is {report.REPORT}")
    if failed:
        raise BenchIncomplete(failed)


def _say(line: str) -> None:
    typer.echo(f"  {line}", err=True)


def _shared(root: Path) -> Path | None:
    folder = root.parent / "shared" / "data"
    return folder if folder.is_dir() else None
