"""A layout file becomes a layout, or all that is wrong with it."""

import re
import tomllib
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
from jsonschema import Draft202012Validator

from event_store.errors import InvalidLayout, Problem, UnreadableLayout
from event_store.layout.corners import open_rings
from event_store.layout.model import Layout
from event_store.layout.places import place_findings
from event_store.layout.positions import Path as Place
from event_store.layout.positions import locate
from event_store.layout.references import reference_findings
from event_store.layout.room import room_findings, text_findings
from event_store.layout.rules import rule_findings
from event_store.layout.schema import layout_schema
from event_store.layout.wording import Finding, findings_of

MOST_PARTS = 16
_PART = r"""(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
LONG_KEY = re.compile(rf"(?<![A-Za-z0-9_-]){_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{{MOST_PARTS}}}")
YEARS = range(2, 9999)
CURE = "write the day that the layout is valid from"
SYNTAX_LINE = re.compile(r" ?\(at (?:line (?P<line>\d+), column \d+|end of document)\)")


def read_layout(path: Path) -> Layout:
    """Read a layout file; raises `UnreadableLayout`, or `InvalidLayout` with every problem of the file at once."""
    try:
        return parse_layout(path.read_bytes(), path)
    except OSError as problem:
        raise UnreadableLayout(path, problem.strerror or str(problem)) from problem


def parse_layout(document: bytes, path: Path) -> Layout:
    """Read a layout from the bytes of its TOML document; `path` is what problems are reported under."""
    text = _decoded(document, path)
    if (long := LONG_KEY.search(text)) is not None:  # tomllib's work grows with the cube of a key's parts
        line = text.count("\n", 0, long.start()) + 1
        raise InvalidLayout(path, [Problem(line, f"a key of more than {MOST_PARTS} parts", "see docs/layout.md")])
    try:
        data = tomllib.loads(text)
    except RecursionError as problem:
        raise InvalidLayout(path, [Problem(1, "it is nested too deeply", "see docs/layout.md")]) from problem
    except ValueError as problem:  # of TOML itself, or of a number that is too long
        raise InvalidLayout(path, [_syntax_problem(str(problem), text)]) from problem
    data = open_rings(data)
    _refuse(_findings(data), text, path)
    try:
        layout = msgspec.convert(data, Layout)
    except msgspec.ValidationError as problem:  # what no schema can say, such as a day that is in no month
        raise InvalidLayout(path, [Problem(1, str(problem), "see docs/layout.md")]) from problem
    if layout.store.valid_from is not None and layout.store.valid_from.year not in YEARS:
        line = _line(locate(text.replace("\r\n", "\n")), ("store", "valid_from"))
        raise InvalidLayout(path, [Problem(line, "valid_from is in no year that has a day before and after", CURE)])
    _refuse(room_findings(layout), text, path)
    return layout


def _refuse(findings: Iterator[Finding], text: str, path: Path) -> None:
    """Raise `InvalidLayout` where something is wrong."""
    found = list(dict.fromkeys(findings))
    if found:
        lines = locate(text.replace("\r\n", "\n"))
        problems = [Problem(_line(lines, at), what, cure) for at, what, cure in found]
        raise InvalidLayout(path, sorted(problems, key=lambda problem: problem.line))


def _findings(data: dict[str, Any]) -> Iterator[Finding]:
    for error in Draft202012Validator(layout_schema()).iter_errors(_as_json(data)):
        yield from findings_of(error)
    yield from text_findings(data)
    yield from place_findings(data)
    yield from reference_findings(data)
    yield from rule_findings(data)


def _as_json(value: Any) -> Any:
    match value:
        case datetime() | date():
            return value.isoformat()
        case dict():
            return {key: _as_json(each) for key, each in value.items()}
        case list():
            return [_as_json(each) for each in value]
        case _:
            return value


def _line(lines: dict[Place, int], at: Place) -> int:
    while at not in lines:
        at = at[:-1]
    return lines[at]


def _decoded(document: bytes, path: Path) -> str:
    try:
        return document.decode("utf-8-sig")  # some editors begin a file with a byte order mark
    except UnicodeDecodeError as problem:
        line = document.count(b"\n", 0, problem.start) + 1
        found = Problem(line, "the file is no UTF-8 text", "save it as a UTF-8 TOML file")
        raise InvalidLayout(path, [found]) from problem


def _syntax_problem(message: str, text: str) -> Problem:
    match = SYNTAX_LINE.search(message)
    line = int(match["line"]) if match and match["line"] else text.count("\n") + 1
    return Problem(line, f"no valid TOML: {SYNTAX_LINE.sub('', message)}", "see https://toml.io for the form")
