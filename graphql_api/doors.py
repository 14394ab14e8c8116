"""Doors of a store."""

from collections.abc import Sequence
from typing import Self

import strawberry

from event_store.layout import model
from graphql_api.cameras import Camera, camera_of
from graphql_api.context import Asked
from graphql_api.fields import field
from graphql_api.ids import id_of
from graphql_api.nodes import Place
from graphql_api.rules import needs
from graphql_api.shapes import Point, polygon
from graphql_api.store_scope import Scope
from graphql_api.tokens import Permission


@strawberry.type(
    description="Where people appear and disappear: a visit begins and ends in a door.",
    directives=needs(Permission.READ),
)
class Door(Place):
    """A door of a store."""

    polygon: list[Point] | None = strawberry.field(description="Where it is in its camera's picture.")
    camera_key: strawberry.Private[str | None]

    @field("The camera that sees it; null once the layout has dropped the door.")
    async def camera(self, info: Asked) -> Camera | None:
        """Return the door's camera."""
        return await camera_of(info, self.scope, self.camera_key)

    @classmethod
    def of(cls, scope: Scope, key: str) -> Self:
        """Shape the door of a key, whether or not the layout still has it."""
        return scope.once("door", key, lambda door: cls._of(scope, key, door))

    @classmethod
    def _of(cls, scope: Scope, key: str, door: model.Door | None) -> Self:
        return cls(
            scope=scope,
            id=id_of(scope.key, "door", key),
            key=key,
            name=key if door is None else (door.name or door.id),
            polygon=polygon(None if door is None else door.polygon),
            camera_key=None if door is None else door.camera,
        )


def cameras_of_doors(scope: Scope) -> Sequence[str]:
    """Return the cameras that count who comes and goes."""
    return sorted({door.camera for door in scope.store.layout.door})
