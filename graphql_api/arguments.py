"""What the fields of a store take."""

from datetime import datetime
from typing import Annotated

import strawberry

from event_store.envelope import Position
from graphql_api.ranges import Period, RangeInput
from graphql_api.words import TimeOrder

Within = Annotated[
    RangeInput | None, strawberry.argument(name="range", description="What the figures are about; today if absent.")
]
Began = Annotated[
    RangeInput | None,
    strawberry.argument(name="range", description="Only what began in this range; whatever was recorded if absent."),
]
Every = Annotated[Period, strawberry.argument(description="How long each period is.")]
At = Annotated[datetime | None, strawberry.argument(description="The moment; now if absent.")]
OrderBy = Annotated[TimeOrder, strawberry.argument(description="By when each began.")]
NodeId = Annotated[strawberry.ID, strawberry.argument(name="id", description="An id as an answer gave it.")]
StoreId = Annotated[strawberry.ID, strawberry.argument(name="id", description="`organisation/store`.")]
First = Annotated[int | None, strawberry.argument(description="Rows wanted, 1 to 100, from the beginning of the list.")]
After = Annotated[str | None, strawberry.argument(description="Go on behind this cursor.")]
Last = Annotated[int | None, strawberry.argument(description="Rows wanted, 1 to 100, from the end of the list.")]
Before = Annotated[str | None, strawberry.argument(description="Only rows before this cursor.")]
Parked = Annotated[bool, strawberry.argument(description="Those too that only wait behind a dead letter.")]
AtLeast = Annotated[
    Position | None,
    strawberry.argument(
        description="Wait until the answer reflects this position; an error of code LAGGING if it takes too long."
    ),
]
