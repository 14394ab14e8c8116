"""Receivers of checkpoints on the loopback address: a webhook's, and a witness as C2SP tlog-witness describes it."""

import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from event_store.checkpoints import VerifierKey
from event_store.checkpoints.notes import COSIGNATURE
from event_store.verifier.notes import read_checkpoint, read_key

Reply = tuple[int, str, bytes]
Handle = Callable[[str, dict[str, str], bytes], Reply]
"""From path, headers and body to status, content type and body."""


@contextmanager
def serving(handle: Handle) -> Iterator[str]:
    """Serve on a free port; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, kind, body = handle(self.path, headers, self.rfile.read(int(headers["content-length"])))
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            if status // 100 == 3:
                self.send_header("location", "/elsewhere")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def consistent(old: int, size: int, old_root: bytes, root: bytes, path: list[bytes]) -> bool:
    """RFC 9162, section 2.1.4.2, word by word."""
    if old == 0:
        return not path
    if old == size:
        return not path and old_root == root
    if old & (old - 1) == 0:
        path = [old_root, *path]
    if not path:
        return False
    fn, sn = old - 1, size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for each in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = _node(each, fr), _node(each, sr)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = _node(sr, each)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == old_root and sr == root


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class SpecifiedWitness:
    """Knows one log by its key; remembers the last checkpoint that it cosigned."""

    def __init__(self, log: VerifierKey, name: str = "witness.example/w1", seed: int = 9) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        self.key = VerifierKey(COSIGNATURE, name, self._private.public_key().public_bytes_raw())
        self._log = read_key(str(log))
        self.size, self.root = 0, b""
        self.asked: list[int] = []
        """The old size of each request."""
        self.time = 1_795_251_600

    def handle(self, path: str, headers: dict[str, str], body: bytes) -> Reply:
        head, _, note = body.partition(b"\n\n")
        first, *lines = head.decode().split("\n")
        old = int(first.removeprefix("old "))
        self.asked.append(old)
        assert (path, "content-length" in headers) == ("/add-checkpoint", True)
        assert first == f"old {old}"
        try:
            checkpoint = read_checkpoint(note, [self._log], strangers=True)
        except ValueError as problem:
            return 403, "text/plain", str(problem).encode()
        if old > checkpoint.size:
            return 400, "text/plain", b"the old size is larger"
        if old != self.size:
            return 409, "text/x.tlog.size", f"{self.size}\n".encode()
        if not consistent(old, checkpoint.size, self.root, checkpoint.root, [b64decode(line) for line in lines]):
            return (409 if old == checkpoint.size else 422), "text/plain", b"not consistent"
        self.size, self.root = checkpoint.size, checkpoint.root
        return 200, "text/plain", self.cosigned(note.partition(b"\n\n")[0] + b"\n")

    def cosigned(self, text: bytes) -> bytes:
        self.time += 1
        signature = self._private.sign(f"cosignature/v1\ntime {self.time}\n".encode() + text)
        raw = self.key.id + self.time.to_bytes(8, "big") + signature
        return f"— {self.key.name} {b64encode(raw).decode()}\n".encode()
