"""What a resolver is told without a database: rows of the right shape, now and then with something wrong in them."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from random import Random
from types import SimpleNamespace
from typing import Any, get_type_hints

from msgspec import inspect

from event_store.layout.model import Layout
from event_store.topics import EVENTS, PARTITIONS
from graphql_api.errors import Unavailable
from graphql_api.tokens import ADMINISTRATOR
from projections.read_models.stores import Store
from tests.builders.facts import published
from tests.builders.records import NOON

WRONG = (None, "nonsense", 2**40, -0.5, float("nan"), NOON, ["x"], ValueError("as a value"))
LAYOUT = published().layout
STORE = Store(
    organisation="acme",
    store="ginza-3",
    name="Ginza",
    time_zone="Asia/Tokyo",
    layout=LAYOUT,
    layout_digest="",
    valid_from=NOON,
    published_at=NOON,
)
_VALUES: Mapping[type, Sequence[Any]] = {
    inspect.NoneType: [None],
    inspect.BoolType: [True, False],
    inspect.IntType: [0, 7, 2**31 - 1],
    inspect.FloatType: [0.5, 1e300],
    inspect.StrType: ["ann", "", "Ünïcode \u2028"],
    inspect.DateTimeType: [NOON, NOON + timedelta(days=1, microseconds=1_999)],
}


class Answers:
    """A context for one operation whose answers are known, or follow from a seed; one in so many values is wrong."""

    def __init__(self, seed: int = 0, wrong_one_in: int = 0, **known: Any) -> None:
        self._seed = seed
        self._wrong_one_in = wrong_one_in
        self._known = known
        self.claims = ADMINISTRATOR
        self.services = SimpleNamespace(
            topic=EVENTS, partitions=PARTITIONS, log_ends=SimpleNamespace(find=self._nothing)
        )

    async def ask(self, find: Callable[..., Any], *_: Any, **__: Any) -> Any:
        """Return what a question of this kind could find, each time the same."""
        await asyncio.sleep(0)
        if find.__name__ in self._known:
            return self._known[find.__name__]
        random = Random(f"{self._seed} {find.__name__}")  # noqa: S311 nothing is secret
        if self._wrong_one_in and random.randrange(3 * self._wrong_one_in) == 0:
            raise random.choice([Unavailable("PostgreSQL"), RuntimeError("a mistake of ours")])
        return self._of(inspect.type_info(get_type_hints(find)["return"]), random)

    async def ask_once(self, find: Callable[..., Any], *_: Any, **__: Any) -> Any:
        """Return the same."""
        return await self.ask(find)

    async def scope(self, store: Any, find: Callable[..., Any]) -> Any:
        """Return what a resolver may know of a store."""
        return await find(self, store)

    def charge(self, rows: int) -> None:
        """Let an answer have as many rows as it likes."""

    async def _nothing(self) -> None:
        return

    def _of(self, type_: inspect.Type, random: Random) -> Any:  # noqa: PLR0911 one for each kind of type
        match type_:
            case inspect.UnionType(types=types):
                return self._of(random.choice(types), random)
            case inspect.CollectionType(item_type=item) | inspect.ListType(item_type=item):
                return [self._of(item, random) for _ in range(random.randrange(4))]
            case inspect.DictType():
                return {}
            case inspect.StructType(cls=cls) if cls is Layout:
                return LAYOUT
            case inspect.StructType(cls=cls, fields=fields):
                return cls(**{each.encode_name: self._perhaps_wrong(each.type, random) for each in fields})
            case inspect.LiteralType(values=values):
                return random.choice(values)
        return random.choice(_VALUES[type(type_)])

    def _perhaps_wrong(self, type_: inspect.Type, random: Random) -> Any:
        if self._wrong_one_in and random.randrange(self._wrong_one_in) == 0:
            return random.choice(WRONG)
        return self._of(type_, random)
