"""Credentials of cameras: a layout file names them as `${NAME}`, the worker's environment or secrets file has them."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import msgspec

from event_store.errors import Problem, UnknownSecrets, UnreadableSecrets
from event_store.layout.addresses import END_OF_HOST, Address, take_apart
from event_store.layout.model import Layout
from event_store.layout.positions import locate
from event_store.layout.references import tables

NAMED = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
CREDENTIAL = re.compile(
    r"(?:^|[?&;/_,])(?:login)?(?:pass(?:word|wd|wort)?|pas|pwd|pw|token|auth|(?:api)?key|secret)=[^&;/_,]",
    re.IGNORECASE,
)
"""A password as cameras take it in a query or a path: `password=`, `loginpas=`, `pwd=` …"""
IN_LOGIN, IN_PATH = ":!$&'()*+,=~", "/?#@:!$&'()*+,;=~[]%_"
"""Characters that stay as they are in these parts of an address."""


def read_secrets(path: Path) -> dict[str, str]:
    """Read lines of `NAME=value`; all behind the sign is the value. Raises `UnreadableSecrets`."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        why = getattr(problem, "strerror", None) or "it is no UTF-8 text"
        raise UnreadableSecrets(path, why) from None
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, sign, value = line.partition("=")
        if not sign or not NAMED.fullmatch(f"${{{name.strip()}}}"):
            raise UnreadableSecrets(path, f"line {number} is not NAME=value")
        found[name.strip()] = value
    return found


def with_credentials(layout: Layout, known: Mapping[str, str]) -> Layout:
    """Return the layout with what its sources name filled in; raises `UnknownSecrets`."""
    missing = {name for camera in layout.camera for name in NAMED.findall(camera.source) if name not in known}
    if missing:
        raise UnknownSecrets(sorted(missing))
    cameras = [msgspec.structs.replace(each, source=_filled_in(each.source, known)) for each in layout.camera]
    return msgspec.structs.replace(layout, camera=cameras)


def credential_warnings(document: str) -> Iterator[Problem]:
    """Find the passwords that a right layout file has written out, each with its line and what to write."""
    lines = locate(document.replace("\r\n", "\n"))
    for at, camera in tables(tomllib.loads(document), "camera"):
        address = take_apart(NAMED.sub("", camera["source"]))
        if address is not None and _is_written_out(address):
            name = re.sub(r"[^A-Z0-9]", "_", f"{camera['id']}_password".upper())
            name = name if name[0].isalpha() else f"CAMERA_{name}"
            yield Problem(
                lines[*at, "source"],
                f"the password of camera {camera['id']!r} is written out"
                + (", and a / ? or # in it ends the address" if address.is_broken else ""),
                f"write ${{{name}}} in its place, and {name}=… into the worker's environment, or into the file that "
                "SHOPFLOOR_SECRETS_FILE names",
            )


def _is_written_out(address: Address) -> bool:
    user, colon, password = address.login.partition(":")
    return bool(password or (user and not colon) or address.is_broken or CREDENTIAL.search(address.rest))


def _filled_in(source: str, known: Mapping[str, str]) -> str:
    return NAMED.sub(lambda named: _escaped(known[named[1]], source[: named.start()], source[named.end() :]), source)


def _escaped(value: str, before: str, after: str) -> str:
    """Escape a value for its place in an address; what is itself a path, an address or a host stays as it is."""
    _, is_address, authority = before.partition("://")
    if not is_address:
        return value
    if "?" in authority:
        return quote(value, safe="")
    if END_OF_HOST.search(authority):
        return quote(value, safe=IN_PATH)
    return quote(value, safe=IN_LOGIN) if "@" in END_OF_HOST.split(after)[0] else value
