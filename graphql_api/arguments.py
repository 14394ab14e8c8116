"""What the fields of a store take."""

from datetime import datetime
from typing import Annotated

import strawberry

from event_store.envelope import Position

From = Annotated[
    datetime | None, strawberry.argument(name="from", description="The first moment of the range; open if absent.")
]
To = Annotated[
    datetime | None, strawberry.argument(name="to", description="The first moment after the range; open if absent.")
]
Start = Annotated[datetime, strawberry.argument(name="from", description="The first moment of the range.")]
End = Annotated[datetime, strawberry.argument(name="to", description="The first moment after the range.")]
StoreId = Annotated[strawberry.ID, strawberry.argument(name="id", description="`organisation/store`.")]
First = Annotated[int, strawberry.argument(description="Rows wanted, 1 to 100.")]
After = Annotated[str | None, strawberry.argument(description="Go on behind this cursor.")]
Parked = Annotated[bool, strawberry.argument(description="Those too that only wait behind a dead letter.")]
Ended = Annotated[bool | None, strawberry.argument(description="Only those that have ended, or only those that go on.")]
AtLeast = Annotated[
    Position | None,
    strawberry.argument(
        description="Wait until the answer reflects this position; an error of code LAGGING if it takes too long."
    ),
]
