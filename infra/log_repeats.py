"""A state that goes on is said once, and then at widening intervals: libraries complain of each attempt."""

import logging
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

FIRST_PAUSE_S, LONGEST_PAUSE_S = 10.0, 600.0
"""Between two lines of one state; doubled each time. After so long a silence it is a new state."""
MOST_STATES = 1_000
NUMBER = re.compile(r"0x[0-9a-f]+|\d+")
TEXTS = frozenset({"event", "problem", "why", "error", "exception"})
"""Fields whose numbers say nothing of whose state it is, as those of other fields do."""


class _State:
    def __init__(self, now: float) -> None:
        self.said_at = self.seen_at = now
        self.pause_s = FIRST_PAUSE_S
        self.unsaid = 0


class Repeats(logging.Filter):
    """Lets the first warning of a state pass, and later ones now and then with how many there were in between."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now = now
        self._states: OrderedDict[Hashable, _State] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a line is written."""
        if record.levelno < logging.WARNING:
            return True
        key, now = _key(record), self._now()
        state = self._states.get(key)
        if state is None or now - state.seen_at > LONGEST_PAUSE_S:
            self._states[key] = _State(now)
            self._states.move_to_end(key)
            if len(self._states) > MOST_STATES:
                self._states.popitem(last=False)
            return True
        state.seen_at = now
        if now - state.said_at < state.pause_s:
            state.unsaid += 1
            return False
        _add(record, state.unsaid)
        state.said_at, state.unsaid = now, 0
        state.pause_s = min(2 * state.pause_s, LONGEST_PAUSE_S)
        return True


def _key(record: logging.LogRecord) -> Hashable:
    if isinstance(record.msg, dict):
        return record.name, record.levelno, *sorted(_fields(record.msg))
    return record.name, record.levelno, NUMBER.sub("#", record.getMessage())


def _fields(line: dict[str, Any]) -> list[tuple[str, str]]:
    texts = {name: value for name, value in line.items() if isinstance(value, str) and name != "timestamp"}
    return [(name, NUMBER.sub("#", value) if name in TEXTS else value) for name, value in texts.items()]


def _add(record: logging.LogRecord, repeated: int) -> None:
    if not repeated:
        return
    if isinstance(record.msg, dict):
        record.msg = {**record.msg, "repeated": repeated}
    else:
        record.msg, record.args = f"{record.getMessage()} ({repeated} times more since)", ()
