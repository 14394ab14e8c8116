"""Stores on the command line: `ORGANISATION/STORE`."""

import typer


def parse_store(text: str | None) -> tuple[str, str] | None:
    """Return organisation and store, None where no store is named."""
    if text is None:
        return None
    organisation, slash, name = text.partition("/")
    if not (organisation and slash and name):
        raise typer.BadParameter(f"{text!r} is not ORGANISATION/STORE", param_hint="--store")
    return organisation, name
