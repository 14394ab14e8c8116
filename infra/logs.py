"""Log lines of every process: one JSON object a line, or plain text on a terminal; never a password."""

import logging
import os
import re
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

from event_store.layout.addresses import HIDDEN, hide_credentials
from infra.errors import InvalidSettings
from infra.log_repeats import Repeats

FORMAT = "SHOPFLOOR_LOG_FORMAT"
LEVEL = "SHOPFLOOR_LOG_LEVEL"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
SECRET_NAMES = re.compile(r"password|secret|token$|authorization", re.IGNORECASE)


def configure() -> None:
    """Send the lines of structlog and of libraries to stderr, in the form that SHOPFLOOR_LOG_FORMAT names.

    Raises `InvalidSettings` for a level that there is not.
    """
    as_json = (os.environ.get(FORMAT) or ("text" if sys.stderr.isatty() else "json")) == "json"
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        hide_secrets,
    ]
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last], foreign_pre_chain=shared
        )
    )
    handler.addFilter(Repeats())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(_level())


def _level() -> str:
    level = (os.environ.get(LEVEL) or "WARNING").upper()
    if level not in LEVELS:
        raise InvalidSettings([f"{LEVEL} is {level!r}; set it to one of {', '.join(LEVELS)}"])
    return level


def silence(library: str) -> None:
    """Hide a library's complaints in a command that says in its own words what they are about."""
    logging.getLogger(library).setLevel(logging.CRITICAL)


def hide_secrets(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Leave of addresses only what may be shown, and hide the values of fields that are named like secrets."""
    for name, value in line.items():
        line[name] = HIDDEN if SECRET_NAMES.search(name) else _without_credentials(value)
    return line


def _without_credentials(value: Any) -> Any:
    match value:
        case str():
            return hide_credentials(value)
        case dict():
            return {name: _without_credentials(each) for name, each in value.items()}
        case list() | tuple():
            return [_without_credentials(each) for each in value]
        case BaseException() | Path():
            return hide_credentials(str(value))
        case _:
            return value
