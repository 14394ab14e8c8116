"""Why a camera on the network does not open: OpenCV does not say, so it is asked once more, in its own protocol."""

import hashlib
import socket
import ssl
import time
from base64 import b64encode
from email.message import Message
from email.parser import Parser
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import parse_http_list, parse_keqv_list

import msgspec

from event_store.layout.addresses import take_apart

PORTS = {"rtsp": 554, "http": 80, "https": 443}
MOST_BYTES = 65_536
UNAUTHORIZED = 401
SENDS_NOTHING = "answers but sends no picture that can be shown; see whether it is busy, or choose H.264 on it"

BROKEN = (
    "cannot be opened: a / ? or # in its password ends the address; name the password as ${NAME} in the layout, or "
    "write %2F, %3F or %23"
)


class Answer(msgspec.Struct, frozen=True):
    """What a camera said to one request."""

    status: int
    headers: Message


def why_not(address: str, patience_s: float) -> str:
    """Return, without the address, why a stream cannot be opened and what to do; waits about as long as told."""
    try:
        parts = urlsplit(address)
        if parts.scheme in PORTS and parts.hostname:
            return _told(_ask(parts, patience_s), parts)
        why = f"cannot be opened; its source begins with {parts.scheme}://, cameras have rtsp:// or http://"
    except ConnectionRefusedError:
        why = "refuses the connection; see whether it is on and its source has the right port"
    except TimeoutError:
        why = "does not answer; see whether it is on and can be reached from here"
    except socket.gaierror:
        why = "has a host name that nobody knows; correct its source"
    except (OSError, ValueError) as problem:
        why = f"cannot be reached ({type(problem).__name__}); see whether its source is right"
    pieces = take_apart(address)
    return BROKEN if pieces is not None and pieces.is_broken else why


def _told(answer: Answer, parts: SplitResult) -> str:
    match answer.status:
        case 401 if parts.username is None:
            return "asks for a user and a password; write them into its source: rtsp://${NAME}@…"
        case 401 | 403:
            return "refuses the user or the password; correct them in its source"
        case 404:
            return "has no such stream; correct the path in its source"
        case 200:
            return SENDS_NOTHING
    return f"answers with status {answer.status}; see what its manual says about its address"


def _ask(parts: SplitResult, patience_s: float) -> Answer:
    """Describe the stream; a second time, on the same line, with the user's name where the camera asks for one."""
    deadline = time.monotonic() + patience_s
    host, port = str(parts.hostname), parts.port or PORTS[parts.scheme]
    with socket.create_connection((host, port), _left(deadline)) as plain:
        line = plain
        if parts.scheme == "https":
            line = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        answer = _request(line, parts, [], deadline)
        if answer.status == UNAUTHORIZED and parts.username is not None:
            shown = f"Authorization: {_authorization(answer.headers, parts)}"
            answer = _request(line, parts, [shown], deadline)
        return answer


def _request(line: socket.socket, parts: SplitResult, further: list[str], deadline: float) -> Answer:
    number = f"CSeq: {1 + len(further)}"
    host = f"Host: {parts.netloc.rpartition('@')[2]}"
    line.sendall("\r\n".join([_first_line(parts), number, host, "User-Agent: shopfloor", *further, "", ""]).encode())
    return _read(line, deadline)


def _read(line: socket.socket, deadline: float) -> Answer:
    said = b""
    while b"\r\n\r\n" not in said and len(said) < MOST_BYTES:
        line.settimeout(_left(deadline))
        more = line.recv(4096)
        if not more:
            break
        said += more
    first, _, rest = said.decode("latin-1").partition("\r\n")
    return Answer(int(first.split()[1]) if " " in first else 0, Parser().parsestr(rest, headersonly=True))


def _first_line(parts: SplitResult) -> str:
    if parts.scheme == "rtsp":
        return f"DESCRIBE {_stream(parts)} RTSP/1.0"
    return f"GET {_stream(parts)} HTTP/1.1"


def _stream(parts: SplitResult) -> str:
    """Return what a request names: for RTSP the address without its user, for HTTP the path."""
    bare = SplitResult(parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, "")
    return bare.geturl() if parts.scheme == "rtsp" else bare._replace(scheme="", netloc="").geturl() or "/"


def _authorization(headers: Message, parts: SplitResult) -> str:
    """Answer a challenge as RFC 2617 says: by digest where the camera offers it."""
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    offered = {each.partition(" ")[0].lower(): each.partition(" ")[2] for each in _challenges(headers)}
    if "digest" not in offered:
        return "Basic " + b64encode(f"{user}:{password}".encode()).decode()
    asked = parse_keqv_list(parse_http_list(offered["digest"]))
    realm, nonce, stream = asked.get("realm", ""), asked.get("nonce", ""), _stream(parts)
    method = _first_line(parts).partition(" ")[0]
    once = (nonce, "00000001", "73686f70", "auth") if "qop" in asked else (nonce,)
    response = _hash(_hash(user, realm, password), *once, _hash(method, stream))
    said = {"username": user, "realm": realm, "nonce": nonce, "uri": stream, "response": response}
    told = ", ".join(f'{name}="{value}"' for name, value in said.items())
    return f"Digest {told}" + (', qop=auth, nc=00000001, cnonce="73686f70"' if "qop" in asked else "")


def _challenges(headers: Message) -> list[str]:
    return [str(each) for each in headers.get_all("WWW-Authenticate", [])]


def _hash(*parts: str) -> str:
    return hashlib.md5(":".join(parts).encode(), usedforsecurity=False).hexdigest()


def _left(deadline: float) -> float:
    """Return the seconds that are left; raises `TimeoutError` when none are."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
