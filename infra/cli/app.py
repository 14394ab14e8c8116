"""The command line: one module for each command; heavy libraries are loaded by the command that needs them."""

import sys

import typer

from event_store.errors import ShopfloorError

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)


@app.callback()
def shopfloor(*, debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error.")) -> None:
    """Turn the cameras of a store into a record of what happened, and ask it questions."""


def main() -> None:
    """Run the command line; an expected error is one line on stderr and an exit status."""
    try:
        app()
    except ShopfloorError as problem:
        if "--debug" in sys.argv:
            raise
        sys.stderr.write(f"shopfloor: {problem}\n")
        sys.exit(problem.exit_status)
