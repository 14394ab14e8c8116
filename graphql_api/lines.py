"""Lines of a store, and who crossed them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Self

import strawberry

from event_store.layout import model
from graphql_api.arguments import Every
from graphql_api.cameras import Camera, camera_of
from graphql_api.context import Asked
from graphql_api.fields import field
from graphql_api.figures_scope import Asking, FiguresScope
from graphql_api.ids import id_of
from graphql_api.nodes import Place
from graphql_api.quality import Quality
from graphql_api.ranges import Stretch
from graphql_api.rules import needs
from graphql_api.shapes import Point
from graphql_api.store_scope import Scope
from graphql_api.tokens import Permission
from graphql_api.words import Side
from projections.read_models import lines


@strawberry.type(
    description="A line in a camera's picture: who crosses it is counted, with the direction.",
    directives=needs(Permission.READ),
)
class Line(Place):
    """A line of a store."""

    start: Point | None = strawberry.field(description="Where it begins in its camera's picture.")
    end: Point | None = strawberry.field(description="Where it ends in its camera's picture.")
    inside: Side | None = strawberry.field(description="The side, seen from start to end, that counts as inward.")
    camera_key: strawberry.Private[str | None]

    @field("The camera that sees it; null once the layout has dropped the line.")
    async def camera(self, info: Asked) -> Camera | None:
        """Return the line's camera."""
        return await camera_of(info, self.scope, self.camera_key)

    @classmethod
    def of(cls, scope: Scope, key: str) -> Self:
        """Shape the line of a key, whether or not the layout still has it."""
        return scope.once("line", key, lambda line: cls._of(scope, key, line))

    @classmethod
    def _of(cls, scope: Scope, key: str, line: model.Line | None) -> Self:
        return cls(
            scope=scope,
            id=id_of(scope.key, "line", key),
            key=key,
            name=key if line is None else (line.name or line.id),
            start=None if line is None else Point.of(line.start),
            end=None if line is None else Point.of(line.end),
            inside=None if line is None else Side(line.inside),
            camera_key=None if line is None else line.camera,
        )


@strawberry.type(description="How often a line was crossed in one period.", directives=needs(Permission.READ))
class LinePeriod:
    """How often a line was crossed in one period."""

    start: datetime = strawberry.field(description="Where the period begins.")
    end: datetime = strawberry.field(description="Where the next one begins.")
    inward: int | None = strawberry.field(
        description="Crossings to the side that the layout calls inside; null where nobody could know."
    )
    outward: int | None = strawberry.field(description="Crossings the other way; null where nobody could know.")
    coverage: float | None = strawberry.field(description="As in `quality`, of this period.")


@strawberry.type(
    description="How often a line was crossed. Null where its camera delivered nothing, as in the future.",
    directives=needs(Permission.READ),
)
class LineFigures:
    """How often a line was crossed in a stretch of time."""

    stretch: strawberry.Private[Stretch]
    line: Line = strawberry.field(description="The line.")
    inward: int | None = strawberry.field(description="Crossings to the side that the layout calls inside.")
    outward: int | None = strawberry.field(description="Crossings the other way.")
    quality: Quality = strawberry.field(description="How far these figures can be trusted.")

    @field("The range cut into periods, empty ones included; at most 1,500.")
    async def series(self, info: Asked, every: Every) -> list[LinePeriod] | None:
        """Return the crossings of each period."""
        return (await _counted(info, Asking(self.line.scope, self.stretch, every), [self.line]))[self.line.key]


async def _counted(info: Asked, asking: Asking, wanted: Sequence[Line]) -> Mapping[str, list[LinePeriod]]:
    """Return each line's crossings by period; nothing counted by a camera that saw nothing is unknown, and no zero."""
    crossings = await info.context.ask_once(lines.find_crossings, asking.scope.key, asking.cuts)
    watched = await asking.watched(info)
    found = {}
    for line in wanted:
        cameras = [line.camera_key] if line.camera_key else []
        rows: Sequence[lines.Crossings | None] = crossings.get(line.key) or [None] * (len(asking.cuts) - 1)
        each = zip(
            asking.cuts, asking.cuts[1:], rows, watched.coverage(cameras), watched.was_seen(cameras), strict=False
        )
        found[line.key] = [
            LinePeriod(
                start=start,
                end=end,
                inward=_count(row, "inward", seen=seen),
                outward=_count(row, "outward", seen=seen),
                coverage=coverage,
            )
            for start, end, row, coverage, seen in each
        ]
    return found


def _count(row: lines.Crossings | None, way: str, *, seen: bool) -> int | None:
    if row is not None and (row.inward or row.outward):
        return int(getattr(row, way))
    return 0 if seen else None


def lines_of(scope: Scope) -> list[Line]:
    """Return the lines of a store's layout, by their keys."""
    return [Line.of(scope, key) for key in sorted(each.id for each in scope.store.layout.line)]


@strawberry.type
class LinesOfFigures(FiguresScope):
    """What one may ask of who crossed a store's lines."""

    @field("How often each line was crossed, by their keys: those of the layout, and others that were crossed.")
    async def lines(self, info: Asked) -> list[LineFigures] | None:
        """Return the crossings of each line."""
        asking = Asking(self.scope, self.stretch)
        crossed = await info.context.ask_once(lines.find_crossings, self.scope.key, asking.cuts)
        wanted = [Line.of(self.scope, key) for key in sorted({*crossed, *(each.key for each in lines_of(self.scope))})]
        counted = await _counted(info, asking, wanted)
        return [
            LineFigures(
                stretch=self.stretch,
                line=line,
                inward=total.inward,
                outward=total.outward,
                quality=asking.quality(info, total.coverage),
            )
            for line in wanted
            for total in counted[line.key]
        ]
