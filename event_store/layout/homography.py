"""Picture points to floor metres: the plane-to-plane mapping of a calibrated camera."""

from collections.abc import Sequence
from itertools import combinations

import msgspec

from event_store.layout.geometry import TOLERANCE, XY, on_one_line

Row = list[float]

SINGULAR = 1e-15
"""A pivot this small is zero."""


class Homography(msgspec.Struct, frozen=True):
    """A mapping of the picture's plane to the floor's, as eight numbers; the ninth is 1."""

    numbers: tuple[float, float, float, float, float, float, float, float]
    visible: float
    """Sign of the divisor on the floor's side of the horizon."""

    def floor(self, point: XY) -> XY | None:
        """Return where a picture point lies on the floor, in metres; None at the horizon and above it."""
        a, b, c, d, e, f, g, h = self.numbers
        x, y = point
        divisor = g * x + h * y + 1
        if divisor * self.visible <= TOLERANCE:
            return None
        return (a * x + b * y + c) / divisor, (d * x + e * y + f) / divisor

    def floor_polygon(self, corners: Sequence[XY]) -> list[XY] | None:
        """Return where a polygon of the picture lies on the floor; None where not all of it does."""
        carried = [self.floor(corner) for corner in corners]
        found = [corner for corner in carried if corner is not None]
        return found if len(found) == len(carried) else None

    def picture(self, point: XY) -> XY | None:
        """Return where a floor point lies in the picture; None for one behind the camera."""
        a, b, c, d, e, f, g, h = self.numbers
        u, v = point
        rows = [[a - u * g, b - u * h, u - c], [d - v * g, e - v * h, v - f]]
        solution = solve(rows)
        if solution is None or self.floor((solution[0], solution[1])) is None:
            return None
        return solution[0], solution[1]


def fit(pairs: Sequence[tuple[XY, XY]]) -> Homography | None:
    """Fit picture point ↔ floor point pairs by least squares (direct linear transform); None when they do not fix one.

    Four pairs are met exactly. Source: Hartley and Zisserman, Multiple View Geometry, section 4.1, with h33 = 1.
    """
    if degenerate([picture for picture, _ in pairs]) or degenerate([floor for _, floor in pairs]):
        return None
    equations: list[Row] = []
    for (x, y), (u, v) in pairs:
        equations.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        equations.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    normal = [
        [sum(row[i] * row[j] for row in equations) for j in range(8)] + [sum(row[i] * row[8] for row in equations)]
        for i in range(8)
    ]
    solution = solve(normal)
    if solution is None:
        return None
    divisors = [solution[6] * x + solution[7] * y + 1 for (x, y), _ in pairs]
    if min(divisors) * max(divisors) <= 0:
        return None
    a, b, c, d, e, f, g, h = solution
    return Homography((a, b, c, d, e, f, g, h), 1.0 if divisors[0] > 0 else -1.0)


def degenerate(points: Sequence[XY]) -> bool:
    """Say whether no four of the points are in general position: no three of the four on one line."""
    return not any(
        all(not on_one_line(three, share=0.01) for three in combinations(four, 3)) for four in combinations(points, 4)
    )


def solve(rows: list[Row]) -> Row | None:
    """Solve linear equations (each row: coefficients, then the right side) by elimination; None when singular."""
    rows = [row[:] for row in rows]
    size = len(rows)
    for column in range(size):
        pivot = max(range(column, size), key=lambda r: abs(rows[r][column]))
        if abs(rows[pivot][column]) < SINGULAR:
            return None
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for r in range(column + 1, size):
            factor = rows[r][column] / rows[column][column]
            rows[r] = [value - factor * above for value, above in zip(rows[r], rows[column], strict=True)]
    solution = [0.0] * size
    for r in reversed(range(size)):
        known = sum(rows[r][c] * solution[c] for c in range(r + 1, size))
        solution[r] = (rows[r][size] - known) / rows[r][r]
    return solution
