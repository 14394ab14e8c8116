"""Labels of a store's shelves: what each says."""

from datetime import datetime
from typing import Self

import strawberry

from graphql_api.context import Asked
from graphql_api.fields import field
from graphql_api.rules import needs
from graphql_api.shelves import Product, Shelf
from graphql_api.staleness import MayBeStale, Staleness
from graphql_api.store_scope import Scope, StoreScope
from graphql_api.tokens import Permission
from projections.read_models import labels
from projections.scope import Page

MOST_LABELS = 2_000


@strawberry.type(description="What a price label said when it was read last.", directives=needs(Permission.READ))
class LabelReading(MayBeStale):
    """What a label says."""

    shelf: Shelf = strawberry.field(description="The shelf.")
    slot: int = strawberry.field(description="The slot that it is for.")
    product: Product | None = strawberry.field(description="What belongs there.")
    price: str | None = strawberry.field(description="The price on it; null where it cannot be read for sure.")
    unit_price: str | None = strawberry.field(description="The price for a unit on it.")
    currency: str = strawberry.field(description="ISO 4217 code.")
    text: str = strawberry.field(description="All that was read, line by line.")
    readable: bool = strawberry.field(description="False exactly where the price is null.")
    confidence: float = strawberry.field(description="How sure the price is, 0 to 1.")
    read_at: datetime = strawberry.field(description="When it was read.")

    @classmethod
    def of(cls, scope: Scope, row: labels.Label, staleness: Staleness) -> Self:
        """Shape the answer."""
        return cls(
            staleness=staleness,
            about=_subject(row),
            shelf=Shelf.of(scope, row.shelf_id),
            slot=row.slot,
            product=None if row.sku is None else Product.of(scope, row.sku),
            price=row.price,
            unit_price=row.unit_price,
            currency=row.currency,
            text=row.text,
            readable=row.price is not None,
            confidence=row.confidence,
            read_at=row.read_at,
        )


def _subject(row: labels.Label) -> str:
    return f"label/{row.shelf_id}/{row.slot}"


@strawberry.type
class LabelsOfStore(StoreScope):
    """What one may ask of a store's labels."""

    @field("What the labels say that were ever read, by shelf and slot; at most 2,000.")
    async def labels(self, info: Asked) -> list[LabelReading] | None:
        """Return what labels say."""
        rows = await info.context.ask(labels.find_labels, self.scope.key, Page[labels.LabelKey](MOST_LABELS))
        stale = Staleness(info.context, self.scope.key, map(_subject, rows))
        return [LabelReading.of(self.scope, row, stale) for row in rows]
