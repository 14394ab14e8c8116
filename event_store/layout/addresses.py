"""Addresses, and what may be shown of them: a list of what may, since passwords stand in every part of an address."""

import re
from typing import NamedTuple

HIDDEN = "…"
SCHEME = r"[A-Za-z][A-Za-z0-9+.-]*"
ADDRESS = re.compile(rf"(?P<scheme>{SCHEME})://(?P<rest>.*)", re.DOTALL)
NEXT_ADDRESS = re.compile(rf"(?<![A-Za-z0-9+.-])(?={SCHEME}://)")
END_OF_HOST = re.compile(r"[/?#\\]")
HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
PLAIN_PATH = re.compile(r"[\w ./~+-]*")
ENDS_OF_SENTENCES = ":,.)]'\""
STREAMS = frozenset({"rtsp", "rtsps", "rtmp", "rtmps", "rtp", "srt", "udp", "mms", "onvif"})
"""Schemes of cameras: some have a password for their path."""
ACCOUNTS = frozenset({"postgresql", "postgres"})
"""Schemes whose user is shown."""


class Address(NamedTuple):
    """An address in its pieces."""

    scheme: str
    login: str
    """What is before the last `@` of the authority; empty without one."""
    host: str
    """Host and port."""
    rest: str
    """Path, query and fragment."""

    @property
    def is_broken(self) -> bool:
        """Whether a character of the password ends the address: `rtsp://user:pass/word@host` names no host."""
        return "@" in self.rest and not self.login

    @property
    def shown(self) -> str:
        """Scheme, host and port; the scheme alone where it is not certain what the host is."""
        certain = HOST.fullmatch(self.host) is not None and "@" not in self.rest
        return f"{self.scheme}://{self.host if certain else HIDDEN}"


def take_apart(source: str) -> Address | None:
    """Return the pieces of an address; None for a file, a folder or a device."""
    match = ADDRESS.fullmatch(source)
    if match is None:
        return None
    end = END_OF_HOST.search(match["rest"])
    at = end.start() if end else len(match["rest"])
    login, _, host = match["rest"][:at].rpartition("@")
    return Address(match["scheme"], login, host, match["rest"][at:])


def shown_source(source: str) -> str:
    """Return what may be shown of a camera's source: a plain path, or of an address its scheme, host and port."""
    address = take_apart(source)
    if address is not None and address.scheme != "file":
        return address.shown
    return source if PLAIN_PATH.fullmatch(source.removeprefix("file://")) else HIDDEN


def hide_credentials(text: str) -> str:
    """Return a text in which nothing is left of its addresses that could be a password."""
    before, *addresses = NEXT_ADDRESS.split(text)
    return before + "".join(map(_hidden, addresses))


def _hidden(text: str) -> str:
    """Hide in a text that begins with an address; a login ends at the last `@`, since one may hold blanks."""
    scheme, _, rest = text.partition("://")
    line, newline, below = rest.partition("\n")
    login, at, line = line.rpartition("@") if "@" in line else ("", "", line)
    word, blank, after = line.partition(" ")
    end = END_OF_HOST.search(word)
    host, path = (word[: end.start()], word[end.start() :]) if end else (word, "")
    if at and not HOST.match(host):
        host = HIDDEN
    shown = f"{scheme}://{_account(scheme, login)}{host}"
    if not PLAIN_PATH.fullmatch(path.rstrip(ENDS_OF_SENTENCES)):  # a password that holds a blank goes on behind it
        return f"{shown}/{HIDDEN}{newline}{below}"
    return f"{shown}{_path(scheme, path)}{blank}{after}{newline}{below}"


def _account(scheme: str, login: str) -> str:
    user, colon, _ = login.partition(":")
    if scheme not in ACCOUNTS or not login:
        return ""
    return f"{user}:{HIDDEN}@" if colon else f"{user}@"


def _path(scheme: str, path: str) -> str:
    return f"/{HIDDEN}" if scheme in STREAMS and path not in {"", "/"} else path
