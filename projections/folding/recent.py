"""A memory of bounded size for what was used lately."""

from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Remembers at least the last `size` keys that were put or found, and at most twice as many.

    Two halves that take turns: forgetting costs nothing, whereas taking the oldest out of one dictionary again and
    again makes finding the next oldest slow.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._new: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def __contains__(self, key: K) -> bool:
        return key in self._new or key in self._old

    def __getitem__(self, key: K) -> V:
        try:
            return self._new[key]
        except KeyError:
            value = self._old[key]
            self[key] = value
            return value

    def __setitem__(self, key: K, value: V) -> None:
        self._new[key] = value
        if len(self._new) > self._size:
            self._old, self._new = self._new, {}
