"""One process that is started again when it dies, later each time."""

import signal
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import msgspec

from infra.local.processes import Child, start_child
from infra.supervision import process_log

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
MOST_DEATHS = 100
RECENT = timedelta(seconds=15)
"""What a process that runs has logged longer ago is over."""
SETTLED_S = 60.0
"""A process that ran for so long is forgiven its earlier deaths."""
UNUSABLE = 2
"""The exit status that says: input or arguments are wrong; trying again cannot help."""

PROGRAM = (sys.executable, "-m", "infra.cli")
"""The command `shopfloor`, by this very Python."""

State = Literal["starting", "running", "waiting", "ended", "refused", "stopped"]


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """What a process is for."""

    name: str
    words: tuple[str, ...]
    """The command line after `shopfloor`."""
    may_end: bool = False
    """Whether its end with status 0 is what was asked for."""


class Supervised:
    """One role's process; `tend` is called again and again with the time, in seconds that only go forward."""

    def __init__(
        self, role: Role, folder: Path, environment: Mapping[str, str], program: Sequence[str] = PROGRAM
    ) -> None:
        self._program = program
        self.role = role
        self.log = folder / "logs" / f"{role.name}.log"
        self.state: State = "starting"
        self.deaths = 0
        self.deaths_at: deque[datetime] = deque(maxlen=MOST_DEATHS)
        """The last of them."""
        self.ended_at = 0.0
        self._record_file = folder / "processes" / f"{role.name}.json"
        self._environment = environment
        self._child: Child | None = None
        self._log_began = 0
        self._started_at = self._next_start_at = 0.0
        self._pause_s = FIRST_PAUSE_S

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._child.pid if self._child is not None and self._child.is_alive() else None

    @property
    def last_error(self) -> str:
        """The last error line of this start and of the ones before it that failed in a row.

        While it runs, an error that it wrote a while ago is over: Kafka's coordinator, say, is late once.
        """
        since = datetime.now(UTC) - RECENT if self.state == "running" else None
        words = self.state in {"waiting", "refused"}
        return process_log.last_error(self.log, self._log_began, any_words=words, newer_than=since)

    def tend(self, now: float) -> None:
        """Start it when it is time to, notice its death, and choose when it is started again."""
        process_log.bound(self.log)
        if self.state in {"starting", "waiting"} and now >= self._next_start_at:
            self._start(now)
        elif self.state == "running" and self._child is not None and not self._child.is_alive():
            self._notice_end(self._child.exit_status or 0, now)
        elif self.state == "running" and now - self._started_at > SETTLED_S and self._pause_s > FIRST_PAUSE_S:
            self._pause_s = FIRST_PAUSE_S
            self._log_began = self._log_size()

    def ask_to_stop(self) -> None:
        """Ask it to end and do not wait."""
        if self._child is not None:
            self._child.ask(signal.SIGTERM)

    def stop(self, patience_s: float) -> None:
        """End it, with everything that it started."""
        if self._child is not None:
            self._child.stop(signal.SIGTERM, patience_s)
            self._child = None
            self.state = self.state if self.state in {"ended", "refused"} else "stopped"

    def _start(self, now: float) -> None:
        if self.deaths == 0 or self._pause_s == FIRST_PAUSE_S:
            self._log_began = self._log_size()
        self._child = start_child(
            [*self._program, *self.role.words],
            record_file=self._record_file,
            log=self.log,
            environment=self._environment,
        )
        self._started_at, self.state = now, "running"

    def _log_size(self) -> int:
        return self.log.stat().st_size if self.log.exists() else 0

    def _notice_end(self, status: int, now: float) -> None:
        self.ended_at = now
        if status == 0 and self.role.may_end:
            self.state = "ended"
        elif status == UNUSABLE:
            self.state = "refused"
        else:
            self.deaths += 1
            self.deaths_at.append(datetime.now(UTC))
            self.state, self._next_start_at = "waiting", now + self._pause_s
            self._pause_s = min(LONGEST_PAUSE_S, 2 * self._pause_s)
