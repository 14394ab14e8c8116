"""Ways around the furniture: for each goal, which neighbouring spot of the floor is next."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from vision_workers.simulator.plans import Plan, Point
from vision_workers.simulator.stops import stands

CELL_M = 0.1
ROOM_M = 0.25
COMFORT_M = 0.45
"""People rather keep this far from furniture."""
NEIGHBOURS = ((1, 0), (0, 1), (1, 1), (1, -1))


class Ways:
    """The floor of one store as a grid."""

    def __init__(self, plan: Plan) -> None:
        self._shape = (round(plan.floor[0] / CELL_M) + 1, round(plan.floor[1] / CELL_M) + 1)
        spots = [(i * CELL_M, j * CELL_M) for i in range(self._shape[0]) for j in range(self._shape[1])]
        self._spots = np.array(spots)
        self._free = np.array([stands(plan, spot, ROOM_M - 0.01) for spot in spots])
        self._cost = np.where([stands(plan, spot, COMFORT_M) for spot in spots], 1.0, 2.2)
        self._graph = self._edges()
        self._next: dict[int, NDArray[np.int32]] = {}

    def free(self, at: Point) -> bool:
        """Say whether somebody can stand there."""
        cell = self._cell(at)
        return cell is not None and bool(self._free[cell])

    def towards(self, at: Point, goal: Point, ahead_m: float = 0.7) -> Point:
        """Return where to walk from `at` to come to `goal`: a spot a little ahead on the way around the furniture."""
        if np.hypot(goal[0] - at[0], goal[1] - at[1]) <= ahead_m:
            return goal
        target = self._nearest(goal)
        if target not in self._next:
            self._next[target] = dijkstra(self._graph, indices=np.array([target]), return_predecessors=True)[1][0]
        cell = self._nearest(at)
        for _ in range(round(ahead_m / CELL_M)):
            if self._next[target][cell] < 0:
                break
            cell = int(self._next[target][cell])
        return float(self._spots[cell][0]), float(self._spots[cell][1])

    def _cell(self, at: Point) -> int | None:
        i, j = round(at[0] / CELL_M), round(at[1] / CELL_M)
        return i * self._shape[1] + j if 0 <= i < self._shape[0] and 0 <= j < self._shape[1] else None

    def _nearest(self, at: Point) -> int:
        cell = self._cell(at)
        if cell is not None and self._free[cell]:
            return cell
        distance = np.where(self._free, np.hypot(*(self._spots - at).T), np.inf)
        return int(distance.argmin())

    def _edges(self) -> Any:
        cells = np.arange(len(self._spots)).reshape(self._shape)
        rows, columns, lengths = [], [], []
        for di, dj in NEIGHBOURS:
            a = cells[: self._shape[0] - di, max(0, -dj) : self._shape[1] - max(0, dj)].ravel()
            b = cells[di:, max(0, dj) : self._shape[1] + min(0, dj)].ravel()
            both = self._free[a] & self._free[b]
            a, b = a[both], b[both]
            length = np.hypot(di, dj) * (self._cost[a] + self._cost[b]) / 2
            rows += [a, b]
            columns += [b, a]
            lengths += [length, length]
        size = len(self._spots)
        edges = (np.concatenate(lengths), (np.concatenate(rows), np.concatenate(columns)))
        return coo_array(edges, shape=(size, size)).tocsr()
