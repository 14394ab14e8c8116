"""A camera on the network that says what it is told to, once for each request, and sends no picture."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SILENCE = ""
"""Take requests and answer none."""


class ScriptedCamera:
    """Listens on a port of its own; `asked` holds the requests."""

    def __init__(self, listener: socket.socket, answers: dict[bool, str]) -> None:
        self._listener, self._answers = listener, answers
        self._held: list[socket.socket] = []
        self.port = listener.getsockname()[1]
        self.asked: list[str] = []

    def serve(self) -> None:
        """Answer until the listener is closed."""
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            self._held.append(line)
            line.settimeout(1)
            try:
                self._answer(line)
            except OSError:
                continue

    def _answer(self, line: socket.socket) -> None:
        while request := line.recv(4096).decode():
            self.asked.append(request)
            answer = self._answers["Authorization:" in request]
            if answer != SILENCE:
                number = next((each for each in request.splitlines() if each.startswith("CSeq")), "CSeq: 1")
                line.sendall(f"RTSP/1.0 {answer}\r\n{number}\r\nContent-Length: 0\r\n\r\n".encode())

    def close(self) -> None:
        """Hang up."""
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the one who waits for a caller
        for line in [self._listener, *self._held]:
            line.close()


@contextmanager
def scripted_camera(answer: str, to_strangers: str | None = None) -> Iterator[ScriptedCamera]:
    """Yield a camera that gives one status line, with further header lines, to all; or another one to strangers."""
    camera = ScriptedCamera(
        socket.create_server(("127.0.0.1", 0)), {True: answer, False: answer if to_strangers is None else to_strangers}
    )
    thread = threading.Thread(target=camera.serve, daemon=True)
    thread.start()
    try:
        yield camera
    finally:
        camera.close()
        thread.join(5)
