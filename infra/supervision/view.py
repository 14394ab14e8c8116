"""The status of an installation on a terminal, or line by line where there is none."""

import sys
from datetime import UTC, datetime
from typing import Protocol, Self

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.live import Live
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from infra.supervision.status import Status, WorkerStatus
from infra.terminal import escaped

STYLES = {
    **dict.fromkeys(("running", "ended", "online", "played already"), "green"),
    "waiting": "yellow",
    **dict.fromkeys(("refused", "dark"), "red"),
}
EVERY_S = 15.0


class View(Protocol):
    """Shows a status again and again."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...
    def show(self, status: Status, page: str | None = None) -> None:
        """Show how it is now, and where the page is once there is one."""


def choose_view(api: str, token_file: str) -> View:
    """Return the view for this standard output."""
    console = Console()
    return Screen(console, api, token_file) if console.is_terminal else Lines(api, token_file)


class Screen:
    """One picture that is drawn anew in place."""

    def __init__(self, console: Console, api: str, token_file: str) -> None:
        self._foot = f"API {api}/graphql   token in {token_file}   Ctrl-C stops everything"
        self._live = Live(console=console, auto_refresh=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, status: Status, page: str | None = None) -> None:
        """Draw it."""
        parts: list[Table | Text] = [
            _processes(status),
            *map(_cameras, status.workers),
            Text(_record(status)),
            Text(self._foot, "bold"),
            *([] if page is None else [Text(f"Page {page}", "bold", overflow="fold")]),
        ]
        self._live.update(Escaped(Group(*parts)), refresh=True)


class Escaped:
    """Something that Rich draws, whose texts came from outside."""

    def __init__(self, drawn: RenderableType) -> None:
        self._drawn = drawn

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it."""
        for segment in console.render(self._drawn, options):
            yield segment if segment.control else Segment(escaped(segment.text), segment.style)


class Lines:
    """A line for each change, and one now and then."""

    def __init__(self, api: str, token_file: str) -> None:
        self._head = f"API {api}/graphql, token in {token_file}"
        self._said: dict[str, str] = {}
        self._next_summary_at = 0.0

    def __enter__(self) -> Self:
        _write(self._head)
        return self

    def __exit__(self, *_: object) -> None:
        _write("stopping")

    def show(self, status: Status, page: str | None = None) -> None:
        """Write what changed."""
        if page is not None and self._said.get("page") != page:
            self._said["page"] = page
            sys.stdout.write(f"Page {page}\n")
        for process in status.processes:
            why = f": {process.last_error}" if process.last_error and process.state in {"waiting", "refused"} else ""
            self._write_change(process.name, f"{process.name} {process.state}{why}")
        for worker in status.workers:
            for camera in worker.cameras:
                name = f"{camera.store}/{camera.camera_id}"
                self._write_change(name, f"camera {name} {camera.state}{_because(camera.trouble)}")
        self._write_change("services", status.trouble)
        if status.at >= self._next_summary_at:
            self._next_summary_at = status.at + EVERY_S
            frames = sum(camera.frames for worker in status.workers for camera in worker.cameras)
            _write(f"{frames} frames watched; {_record(status)}")

    def _write_change(self, subject: str, line: str) -> None:
        if line and self._said.get(subject) != line:
            _write(line)
        self._said[subject] = line


def _processes(status: Status) -> Table:
    table = Table("process", "state", "pid", "restarts", "last error", box=None, pad_edge=False, expand=True)
    for process in status.processes:
        style = STYLES.get(process.state, "")
        columns = (process.name, Text(process.state, style), str(process.pid or "-"), str(process.deaths))
        table.add_row(*columns, Text(process.last_error, overflow="ellipsis", no_wrap=True))
    if status.trouble:
        table.add_row("services", Text("waiting", "yellow"), "-", "-", status.trouble)
    return table


def _cameras(worker: WorkerStatus) -> Table:
    table = Table("camera", "state", "fps", "frames", "last frame", "trouble", box=None, pad_edge=False, expand=True)
    for camera in worker.cameras:
        last = f"{camera.last_frame_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z" if camera.last_frame_at else "-"
        state = Text(camera.state, STYLES.get(camera.state, ""))
        name = f"{camera.store}/{camera.camera_id}"
        table.add_row(name, state, f"{camera.fps:.1f}", str(camera.frames), last, camera.trouble or "")
    return table


def _record(status: Status) -> str:
    waiting = sum(worker.spool.waiting_records for worker in status.workers)
    if status.lag is None:
        return f"{waiting} facts wait in the spool; how far the read models are is not known"
    stopped = "".join(f"; partition {number} is stopped: {why}" for number, why in status.lag.stopped.items())
    return (
        f"{status.lag.written} facts in the record, read models {status.lag.records} behind, "
        f"{waiting} wait in the spool{stopped}"
    )


def _because(trouble: str | None) -> str:
    return f": {trouble}" if trouble else ""


def _write(line: str) -> None:
    sys.stdout.write(f"{datetime.now(UTC):%H:%M:%S} {line}\n")
    sys.stdout.flush()
