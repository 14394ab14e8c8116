"""What stands in the facings of a store, and who took it and put it back."""

from bisect import bisect_right
from collections.abc import Mapping
from typing import Literal

import msgspec

from vision_workers.simulator.shelves import ShelfFacing

Movement = Literal["picked", "returned", "restocked", "touched"]


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """Where a piece is: at a place of a facing, or in a shopper's hand."""

    facing: str | None = None
    place: int = 0
    shopper: int | None = None


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """A hand was in a facing."""

    at_s: float
    movement: Movement
    shopper: int
    facing: str
    sku: str
    """Of the piece; of the facing where nothing was moved."""
    misplaced: bool = False
    count: int
    """Pieces in the facing after it."""


class Piece(msgspec.Struct, frozen=True):
    """One piece of a product."""

    number: int
    home: ShelfFacing


class Stock:
    """Every piece of a store; told in the order of time what hands do."""

    def __init__(self, facings: Mapping[str, ShelfFacing]) -> None:
        self.pieces: list[Piece] = []
        self.moves: list[Move] = []
        self._facings = facings
        self._where: dict[int, Where] = {}
        for facing in facings.values():
            stocked = facing.plan.capacity if facing.plan.stock is None else facing.plan.stock
            for place in range(stocked):
                self._add(facing, place)
        self.began: dict[str, int] = {key: self.count(key) for key in facings}
        """Pieces in each facing at the beginning."""
        self._history: list[tuple[float, dict[int, Where]]] = [(0.0, dict(self._where))]

    def count(self, facing: str) -> int:
        """Return how many pieces are in a facing."""
        return sum(where.facing == facing for where in self._where.values())

    def pick(self, at_s: float, shopper: int, facing: str) -> None:
        """Take the piece of a facing that is farthest along the board; nothing where there is none."""
        there = {where.place: number for number, where in self._where.items() if where.facing == facing}
        if not there:
            self.touch(at_s, shopper, facing)
            return
        piece = there[max(there)]
        del self._where[piece]  # what was taken last comes last
        self._where[piece] = Where(shopper=shopper)
        self._tell(at_s, "picked", shopper, facing, self.pieces[piece])

    def put_back(self, at_s: float, shopper: int, facing: str) -> None:
        """Put into a facing what a shopper took last; nothing where they hold nothing, or there is no room."""
        held = [number for number, where in self._where.items() if where.shopper == shopper]
        place = self._free(facing)
        if not held or place is None:
            self.touch(at_s, shopper, facing)
            return
        self._where[held[-1]] = Where(facing=facing, place=place)
        self._tell(at_s, "returned", shopper, facing, self.pieces[held[-1]])

    def refill(self, at_s: float, shopper: int, facing: str) -> None:
        """Put a new piece into a facing; nothing where it is full."""
        place = self._free(facing)
        if place is None:
            self.touch(at_s, shopper, facing)
            return
        self._tell(at_s, "restocked", shopper, facing, self._add(self._facings[facing], place))

    def touch(self, at_s: float, shopper: int, facing: str) -> None:
        """Reach into a facing and move nothing."""
        self._tell(at_s, "touched", shopper, facing, None)

    def at(self, time_s: float) -> Mapping[int, Where]:
        """Return where each piece is at a moment, by its number."""
        return self._history[bisect_right(self._history, time_s, key=lambda each: each[0]) - 1][1]

    def _free(self, facing: str) -> int | None:
        taken = {where.place for where in self._where.values() if where.facing == facing}
        return next((place for place in range(self._facings[facing].plan.capacity) if place not in taken), None)

    def _add(self, facing: ShelfFacing, place: int) -> Piece:
        piece = Piece(len(self.pieces), facing)
        self.pieces.append(piece)
        self._where[piece.number] = Where(facing=facing.key, place=place)
        return piece

    def _tell(self, at_s: float, movement: Movement, shopper: int, facing: str, piece: Piece | None) -> None:
        move = Move(
            at_s=round(at_s, 2),
            movement=movement,
            shopper=shopper,
            facing=facing,
            sku=(piece.home if piece else self._facings[facing]).plan.sku,
            misplaced=movement == "returned" and piece is not None and piece.home.key != facing,
            count=self.count(facing),
        )
        self.moves.append(move)
        if piece is not None:
            self._history.append((at_s, dict(self._where)))
