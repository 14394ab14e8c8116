"""Ids: a path from the organisation down, so that each thing of every store has one that no other has.

`acme` is an organisation, `acme/ginza-3` a store, `acme/ginza-3/zone/dairy` a zone of it. Clients give them back as
they came.
"""

from urllib.parse import quote, unquote

import msgspec
import strawberry

from graphql_api.errors import UnusableArgument
from projections.scope import StoreKey

ORGANISATION, STORE = "organisation", "store"
OF_A_STORE = 2
"""Parts of a store's id; what is in the store has its kind and its key behind them."""


class GlobalId(msgspec.Struct, frozen=True):
    """An id as it is read: the kind of thing, whose it is, and its key in the store."""

    kind: str
    organisation: str
    store: str = ""
    key: tuple[str, ...] = ()

    @property
    def store_key(self) -> StoreKey:
        """The store's two names."""
        return StoreKey(self.organisation, self.store)


def id_of(store: StoreKey, kind: str, *key: str) -> strawberry.ID:
    """Return the id of something in a store."""
    return strawberry.ID("/".join([store.organisation, store.store, kind, *(quote(part, safe="") for part in key)]))


def store_id(store: StoreKey) -> strawberry.ID:
    """Return the id of a store."""
    return strawberry.ID(f"{store.organisation}/{store.store}")


def read_id(text: str) -> GlobalId:
    """Read an id; refuses what is none."""
    parts = text.split("/")
    if all(parts) and len(parts) != OF_A_STORE + 1:
        organisation, *rest = parts
        if not rest:
            return GlobalId(ORGANISATION, organisation)
        store, *inner = rest
        if not inner:
            return GlobalId(STORE, organisation, store)
        return GlobalId(inner[0], organisation, store, tuple(map(unquote, inner[1:])))
    raise UnusableArgument(f"{text!r} is no id; give one back as an answer gave it")


def key_of(text: str, store: StoreKey, kind: str) -> str:
    """Return the key of a place of a store by its id; refuses the id of something else."""
    found = read_id(text)
    if (found.kind, found.store_key, len(found.key)) != (kind, store, 1):
        raise UnusableArgument(f"{text!r} is no {kind} of {store_id(store)}; its ids begin with {id_of(store, kind)}/")
    return found.key[0]


def store_key(text: str) -> StoreKey:
    """Return the two names in a store's id; refuses one that has not two."""
    organisation, slash, store = text.partition("/")
    if not (organisation and slash and store) or "/" in store:
        raise UnusableArgument(f"{text!r} is no id of a store; write organisation/store")
    return StoreKey(organisation, store)
