"""The command line: one module for each command; heavy libraries are loaded by the command that needs them."""

import sys

import typer

from event_store.errors import ShopfloorError
from infra.cli import layout_command
from infra.cli.api_command import api
from infra.cli.archive_command import archive
from infra.cli.as_of_command import as_of
from infra.cli.bench_command import bench
from infra.cli.consent_command import consent_app
from infra.cli.correct_command import correct
from infra.cli.dead_letters_command import dead_letters_app
from infra.cli.demo_command import demo
from infra.cli.digest_command import digest
from infra.cli.doctor_command import doctor
from infra.cli.export_command import export
from infra.cli.fold_command import fold
from infra.cli.forget_command import forget
from infra.cli.keys_command import keys_app
from infra.cli.migrate_command import migrate
from infra.cli.models_command import models_app
from infra.cli.monitor_command import monitor
from infra.cli.projector_command import projector
from infra.cli.proof_command import proof
from infra.cli.rebuild_command import rebuild
from infra.cli.replay_command import replay
from infra.cli.restate_command import restate
from infra.cli.sealer_command import sealer
from infra.cli.simulate_command import simulate
from infra.cli.subject_report_command import subject_report
from infra.cli.try_command import try_source
from infra.cli.up_command import up
from infra.cli.worker_command import work

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)

DEBUG = "--debug"


@app.callback()
def shopfloor(*, debug: bool = typer.Option(False, DEBUG, help="Show the traceback of an error.")) -> None:
    """Turn the cameras of a store into a record of what happened, and ask it questions."""
    from infra import logs

    logs.configure()


app.command("try")(try_source)
app.command("worker")(work)
app.add_typer(models_app, name="models")
app.command()(projector)
app.command()(api)
app.command()(rebuild)
app.command()(digest)
app.command()(fold)
app.command("as-of")(as_of)
app.command()(sealer)
app.command()(monitor)
app.command()(export)
app.command()(archive)
app.command()(replay)
app.command()(restate)
app.command()(proof)
app.command()(correct)
app.add_typer(dead_letters_app, name="dead-letters")
app.add_typer(keys_app, name="keys")
app.add_typer(consent_app, name="consent")
app.command()(forget)
app.command("subject-report")(subject_report)
app.command()(migrate)
app.command()(demo)
app.command()(doctor)
app.command()(up)
app.command()(simulate)
app.command()(bench)
app.add_typer(layout_command.commands, name="layout")


def main() -> None:
    """Run the command line; an error is one line on stderr and an exit status, with `--debug` anywhere a traceback."""
    words = [word for word in sys.argv[1:] if word != DEBUG]
    debug = len(words) < len(sys.argv) - 1
    try:
        app(words)
    except ShopfloorError as problem:
        if debug:
            raise
        sys.stderr.write(f"shopfloor: {problem}\n")
        sys.exit(problem.exit_status)
    except Exception as problem:
        if debug:
            raise
        sys.stderr.write(f"shopfloor: unexpected: {_in_one_line(problem)}; run with {DEBUG} to see where\n")
        sys.exit(1)


def _in_one_line(problem: Exception) -> str:
    return " ".join(f"{type(problem).__name__}: {problem}".split())
