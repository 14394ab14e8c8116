"""What the demo prints."""

import json
import shlex
import time
from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from event_store.export import Sealed
from infra.demo.comparison import Line
from infra.demo.questions import PASTE, Client, Summary
from infra.demo.receiver import Receiver
from infra.demo.reported import Report as Written
from infra.demo.story import Story
from infra.supervision.status import WorkerStatus

LINE_EVERY_S = 5.0


class Report:
    """Tells how the demo goes: a bar on a terminal, a line now and then elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()
        self._next_line_at = 0.0
        self._is_page_told = False
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=console, transient=True)
        self._task = self._progress.add_task("starting Kafka and PostgreSQL")

    def starting(self, story: Story) -> None:
        """Say what is about to happen."""
        cameras = ", ".join(camera.id for camera in story.layout.camera)
        self._print(
            f"{story.layout.store.name}: {story.seconds:.0f} s of cameras {cameras}, through real OpenVINO, Kafka, "
            "PostgreSQL and GraphQL"
        )
        if self._console.is_terminal:
            self._progress.start()

    def playing(self, story: Story, workers: Sequence[WorkerStatus], so_far: Summary | None) -> None:
        """Say how far the clips are, and what the API knows by now."""
        cameras = [camera for worker in workers for camera in worker.cameras]
        frames, fps = sum(camera.frames for camera in cameras), sum(camera.fps for camera in cameras)
        what = f"watching, {fps:.0f} frames a second" if cameras else "starting worker, projector, API and sealer"
        if so_far is not None:
            what += f", {so_far.traffic.entered or 0} entered and {so_far.traffic.left or 0} left so far"
        self._progress.update(self._task, description=what, completed=frames, total=story.frames)
        now = time.monotonic()
        if not self._console.is_terminal and now >= self._next_line_at:
            self._next_line_at = now + LINE_EVERY_S
            self._print(f"{now - self._began:4.0f} s  {what}, {min(100, 100 * frames // story.frames)} %")

    def answered(self, lines: Sequence[Line]) -> None:
        """Print the answers beside the truth."""
        self._progress.stop()
        self._table("question", lines)
        right = sum(line.is_right for line in lines)
        self._print(
            f"\n{right} of {len(lines)} answers are right, {time.monotonic() - self._began:.0f} s after the start"
        )

    def delivered(self, receiver: Receiver, line: Line) -> None:
        """Print what a subscriber was told."""
        self._print(
            f"\nWebhook: {line.answer} of {line.truth} sales came signed to {receiver.address}, each verified by the "
            f"library standardwebhooks"
        )

    def reported(self, written: Written, lines: Sequence[Line]) -> None:
        """Print the written report, what each sentence rests on, and its figures beside the truth."""
        self._print(f"\nA report, written by {written.writer} and checked word by word:\n\n{written.text}\n")
        for number, sentence in enumerate(written.sentences, start=1):
            self._print(f"[{number}] {sentence.query}")
        self._table("figure", lines)

    def _table(self, what: str, lines: Sequence[Line]) -> None:
        table = Table(what, "answer", "truth", "tolerance", "", box=None, pad_edge=False)
        for line in lines:
            verdict = "[green]right[/]" if line.is_right else "[red]WRONG[/]"
            table.add_row(line.question, line.answer, line.truth, line.tolerance, verdict)
        self._console.print()
        self._console.print(table)

    def sealed(self, sealed: Sealed) -> None:
        """Print the head of the sealed record."""
        records = sum(state.size for state in sealed.seal.partitions)
        origin, size, root = sealed.note.decode().split("\n")[:3]
        self._print(f"\nSealed: {records} facts under checkpoint {size} of {origin}, root {root}")

    def page(self, address: str | None) -> None:
        """Print where to look, as soon as that is known."""
        if address is not None and not self._is_page_told:
            self._is_page_told = True
            self._print(f"Page {address}")

    def invite(self, client: Client, story: Story, *, once: bool, page: str | None) -> None:
        """Print where to ask, and what; or how to keep it all up, where it is about to end."""
        if once:
            self._print("\nWithout ONCE=1 everything stays up, with its page and three questions to paste: make demo")
            return
        self._print(f"\nAPI {client.address}, token in {client.token_file}. Paste:\n")
        for words, query in PASTE.items():
            self._print(f"# {words}\n{_command(client, query.replace('STORE', story.store))}\n")
        self._print("Everything stays up until Ctrl-C. Open in a browser:")
        self._print(f"Page {page}")

    def _print(self, text: str) -> None:
        self._console.print(text, soft_wrap=True, markup=False, highlight=False)


def _command(client: Client, query: str) -> str:
    body = shlex.quote(json.dumps({"query": query}))
    token = f'"authorization: Bearer $(cat {shlex.quote(str(client.token_file))})"'
    return f"curl -s {client.address} -H 'content-type: application/json' -H {token} -d {body}"
