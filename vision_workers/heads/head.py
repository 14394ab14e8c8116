"""A head: which outputs it reads, and how they become candidates."""

from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]
Outputs = dict[str, Values]
"""A network's outputs by name. Those without a name are `output0`, `output1` …"""
Candidates = NDArray[np.float32]
"""N x 6: x0, y0, x1, y1 (fractions of the input), score, class."""


class InputSize(msgspec.Struct, frozen=True):
    """The picture that a network takes, in pixels."""

    width: int
    height: int


class Port(msgspec.Struct, frozen=True, kw_only=True):
    """One output of a network."""

    name: str
    shape: tuple[int | None, ...]
    """None where a dimension is open."""
    whole: bool = False
    """Whether its values are integers."""

    @property
    def table(self) -> tuple[int | None, ...]:
        """Rows and columns of [N, columns] or [1, N, columns]. Empty where it is no table of one picture."""
        match self.shape:
            case (rows, columns) | (1 | None, rows, columns):
                return rows, columns
            case _:
                return ()

    @property
    def columns(self) -> int | None:
        """How many values each row of its table has. None where that is open or it is no table."""
        return self.table[1] if self.table else None

    @property
    def is_list(self) -> bool:
        """Whether it is [N] or [1, N]."""
        return len(self.shape) == 1 or (len(self.shape) == 2 and self.shape[0] in (1, None))  # noqa: PLR2004 - a rank


def any_class(_: Sequence[Values]) -> int | None:
    """Say nothing of how many classes there are."""
    return None


def no_doubt(_: Sequence[Values], __: InputSize) -> str | None:
    """Accept any values."""
    return None


class Head(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One kind of network. `fits` names the outputs that `read` and `doubt` take, in their order."""

    wanted: str
    """What a network must give, and with which export options it does."""
    fits: Callable[[Sequence[Port], InputSize], tuple[str, ...] | None]
    """Return the outputs that it reads, by name. None where the network's outputs are of another kind."""
    read: Callable[[Sequence[Values], InputSize], Candidates]
    """Turn the outputs for one picture into candidates."""
    doubt: Callable[[Sequence[Values], InputSize], str | None] = no_doubt
    """Say why values cannot be this head's, as `it gives …`. None where they may be."""
    classes: Callable[[Sequence[Values]], int | None] = any_class
    """Return how many classes the outputs tell apart. None where they do not show it."""
