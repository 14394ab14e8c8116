"""How much each token may send: so many lines a second, and as many at once as come together in a minute."""

from math import ceil
from time import monotonic

from graphql_api.ingest.errors import TooManyRequests

LINES_A_SECOND = 2_000.0
MOST_LINES = 120_000.0
COST_OF_A_REQUEST = 20.0
"""What a request costs besides its lines, so that many with one line each are not free."""

MOST_TOKENS = 10_000


class Allowance:
    """A leaky bucket for each token."""

    def __init__(self, lines_a_second: float = LINES_A_SECOND, most_lines: float = MOST_LINES) -> None:
        self._rate, self._most = lines_a_second, most_lines
        self._left: dict[str, tuple[float, float]] = {}

    def demand(self, token: str) -> None:
        """Raise `TooManyRequests` where a token has used up what it may send."""
        left = self._left_of(token)
        if left <= 0:
            raise TooManyRequests(ceil((1 - left) / self._rate) or 1)

    def charge(self, token: str, lines: int) -> None:
        """Count a request of so many lines; the last one may go below nothing, and is waited for."""
        if len(self._left) >= MOST_TOKENS:
            self._left.clear()
        self._left[token] = (self._left_of(token) - lines - COST_OF_A_REQUEST, monotonic())

    def _left_of(self, token: str) -> float:
        left, at = self._left.get(token, (self._most, 0.0))
        return min(self._most, left + self._rate * (monotonic() - at))
