"""The command line: one module for each command; heavy libraries are loaded by the command that needs them."""

import errno
import sys
from contextlib import nullcontext

import typer

from event_store.errors import ShopfloorError
from event_store.layout.addresses import hide_credentials
from infra.cli import layout_command
from infra.cli.api_command import api
from infra.cli.archive_command import archive
from infra.cli.as_of_command import as_of
from infra.cli.bench_command import bench
from infra.cli.bridge_command import bridge
from infra.cli.consent_command import consent_app
from infra.cli.correct_command import correct
from infra.cli.dead_letters_command import dead_letters_app
from infra.cli.demo_command import demo
from infra.cli.digest_command import digest
from infra.cli.dispatcher_command import dispatcher
from infra.cli.doctor_command import doctor
from infra.cli.export_command import export
from infra.cli.fold_command import fold
from infra.cli.forget_command import forget
from infra.cli.import_command import import_app
from infra.cli.keys_command import keys_app
from infra.cli.labels_command import labels
from infra.cli.migrate_command import migrate
from infra.cli.models_command import models_app
from infra.cli.monitor_command import monitor
from infra.cli.projector_command import projector
from infra.cli.proof_command import proof
from infra.cli.rebuild_command import rebuild
from infra.cli.replay_command import replay
from infra.cli.report_command import report
from infra.cli.restate_command import restate
from infra.cli.sealer_command import sealer
from infra.cli.serve_command import serve
from infra.cli.setup_command import setup
from infra.cli.simulate_command import simulate
from infra.cli.subject_report_command import subject_report
from infra.cli.token_command import token_app
from infra.cli.try_command import try_source
from infra.cli.up_command import up
from infra.cli.webhook_command import webhook_app
from infra.cli.worker_command import work
from infra.local.folder import private_files
from infra.terminal import escaping

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False, rich_markup_mode="markdown"
)

DEBUG = "--debug"
KEEPING = frozenset(
    {
        "up",
        "demo",
        "worker",
        "projector",
        "api",
        "sealer",
        "monitor",
        "dispatcher",
        "serve",
        "bridge",
        "migrate",
        "doctor",
        "token",
    }
)
"""Commands that write into the data folder, which is for its user alone."""
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
BEGIN = "Begin"
RUNNING = "Run it"
RECORD = "The record"
MODELS = "Read models"
PEOPLE = "People"
BUILDING = "Build and measure"
"""Headings of the list that `--help` shows."""


@app.callback()
def shopfloor(*, debug: bool = typer.Option(False, DEBUG, help="Show the traceback of an error.")) -> None:
    """Turn the cameras of a store into a record of what happened, and ask it questions."""
    from infra import logs

    logs.configure()


app.command(rich_help_panel=BEGIN)(setup)
app.command(rich_help_panel=BEGIN)(demo)
app.command("try", rich_help_panel=BEGIN)(try_source)
app.command(rich_help_panel=BEGIN)(labels)
app.add_typer(layout_command.commands, name="layout", rich_help_panel=BEGIN)
app.add_typer(models_app, name="models", rich_help_panel=BEGIN)
app.command(rich_help_panel=BEGIN)(up)
app.command(rich_help_panel=BEGIN)(doctor)
app.command("worker", rich_help_panel=RUNNING)(work)
app.command(rich_help_panel=RUNNING)(projector)
app.command(rich_help_panel=RUNNING)(api)
app.command(rich_help_panel=RUNNING)(sealer)
app.command(rich_help_panel=RUNNING)(monitor)
app.command(rich_help_panel=RUNNING)(dispatcher)
app.command(rich_help_panel=RUNNING)(serve)
app.command(rich_help_panel=RUNNING)(bridge)
app.command(rich_help_panel=RUNNING)(migrate)
app.add_typer(token_app, name="token", rich_help_panel=RUNNING)
app.add_typer(webhook_app, name="webhook", rich_help_panel=RUNNING)
app.command(rich_help_panel=RECORD)(replay)
app.command(rich_help_panel=RECORD)(export)
app.command(rich_help_panel=RECORD)(proof)
app.add_typer(import_app, name="import", rich_help_panel=RECORD)
app.command(rich_help_panel=RECORD)(archive)
app.command(rich_help_panel=RECORD)(correct)
app.add_typer(dead_letters_app, name="dead-letters", rich_help_panel=RECORD)
app.add_typer(keys_app, name="keys", rich_help_panel=RECORD)
app.command(rich_help_panel=MODELS)(report)
app.command(rich_help_panel=MODELS)(rebuild)
app.command(rich_help_panel=MODELS)(digest)
app.command(rich_help_panel=MODELS)(fold)
app.command("as-of", rich_help_panel=MODELS)(as_of)
app.command(rich_help_panel=MODELS)(restate)
app.add_typer(consent_app, name="consent", rich_help_panel=PEOPLE)
app.command(rich_help_panel=PEOPLE)(forget)
app.command("subject-report", rich_help_panel=PEOPLE)(subject_report)
app.command(rich_help_panel=BUILDING)(simulate)
app.command(rich_help_panel=BUILDING)(bench)


def main() -> None:
    """Run the command line; an error is one line on stderr and an exit status, with `--debug` anywhere a traceback."""
    words = [word for word in sys.argv[1:] if word != DEBUG]
    is_running = bool(words) and words[0] in KEEPING
    with escaping(), private_files() if is_running else nullcontext():
        _run(words, debug=len(words) < len(sys.argv) - 1)


def _run(words: list[str], *, debug: bool) -> None:
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
        if isinstance(problem, OSError) and problem.errno in FULL:
            where = f" ({problem.filename})" if problem.filename else ""
            sys.stderr.write(f"shopfloor: the disk is full{where}; make room and do it again\n")
            sys.exit(1)
        said = hide_credentials(_in_one_line(problem))
        sys.stderr.write(f"shopfloor: unexpected: {said}; run with {DEBUG} to see where\n")
        sys.exit(1)


def _in_one_line(problem: Exception) -> str:
    return " ".join(f"{type(problem).__name__}: {problem}".split())
