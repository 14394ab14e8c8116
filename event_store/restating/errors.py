"""What can stand in the way of a restatement.

RestatementRefused
├── NoSamples         the range has none of this store
├── SamplesGone       the range begins before the oldest samples that are kept
├── UnreadableSample  a record among the samples is none
├── LayoutUnknown     samples name a layout that the record does not have
├── OtherCameras      the layout has other cameras than the samples
├── UnknownZone       neither layout has the zone
└── NothingChanged    the layout changes no zone, and none was named
"""

from collections.abc import Iterable
from datetime import datetime

from event_store.errors import ShopfloorError
from event_store.serialization import timestamp


class RestatementRefused(ShopfloorError):
    """Figures that cannot be made again; nothing was written."""


class NoSamples(RestatementRefused):
    """The range has none of this store."""

    def __init__(self, store: str, start: datetime, end: datetime) -> None:
        super().__init__(
            f"there are no samples of {store} from {timestamp(start)} to {timestamp(end)}; see whether the layout's "
            "store is right, and whether its worker ran then"
        )


class SamplesGone(RestatementRefused):
    """The range begins before the oldest samples that are kept."""

    def __init__(self, start: datetime, oldest: datetime | None) -> None:
        kept = f"they are kept from {timestamp(oldest)} on; ask from there" if oldest else "none are left"
        super().__init__(
            f"samples of {timestamp(start)} are gone: {kept}; SHOPFLOOR_SAMPLES_DAYS says how long later ones are kept"
        )


class UnreadableSample(RestatementRefused):
    """A record among the samples is none."""

    def __init__(self, topic: str, partition: int, offset: int, why: str) -> None:
        super().__init__(
            f"{topic}/{partition}/{offset} is no position sample ({why}); find out who else writes to that topic, and "
            "restate a range without it"
        )


class LayoutUnknown(RestatementRefused):
    """Samples name a layout that the record does not have."""

    def __init__(self, digest: str) -> None:
        super().__init__(
            f"the record has no layout {digest[:16]}…, by which samples of the range were taken; "
            "let the projector catch up (`shopfloor doctor`)"
        )


class OtherCameras(RestatementRefused):
    """The layout has other cameras than the samples."""

    exit_status = 2

    def __init__(self, missing: Iterable[str], strange: Iterable[str]) -> None:
        said = [f"has no camera {each!r}" for each in sorted(missing)]
        said += [f"has a camera {each!r} that was not there then" for each in sorted(strange)]
        super().__init__(f"the layout {' and '.join(said)}; change zones only, cameras as they were in the range")


class UnknownZone(RestatementRefused):
    """Neither layout has the zone."""

    exit_status = 2

    def __init__(self, zone: str, known: Iterable[str]) -> None:
        super().__init__(f"neither layout has a zone {zone!r}; choose from {', '.join(sorted(known)) or 'none'}")


class NothingChanged(RestatementRefused):
    """The layout changes no zone, and none was named."""

    exit_status = 2

    def __init__(self) -> None:
        super().__init__(
            "the layout changes no zone of the range; change one, or name one with --zone to see it restated"
        )
