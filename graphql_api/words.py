"""Closed lists of words."""

from enum import Enum
from typing import Any

import strawberry

value = strawberry.enum_value


@strawberry.enum(
    description="Why a stay or a visit ended. Only LEFT was seen; the others are the end of our knowledge."
)
class EndReason(Enum):
    """Why a stay or a visit ended."""

    LEFT = value("left", description="They were seen to leave.")
    LOST = value("lost", description="They were lost from sight.")
    CAMERA_DOWN = value("camera_down", description="The camera went dark.")
    DAY_END = value("day_end", description="The store's day ended.")
    SOURCE_END = value("source_end", description="The recording ended.")


@strawberry.enum(description="Who somebody is, as far as it is known.")
class Role(Enum):
    """Who somebody is."""

    CUSTOMER = value("customer", description="Somebody who shops.")
    EMPLOYEE = value("employee", description="Somebody who works there.")
    TESTER = value("tester", description="Somebody who tries the installation out.")
    UNKNOWN = value("unknown", description="Nobody said who.")


@strawberry.enum(description="Which way somebody crossed a line.")
class Direction(Enum):
    """Which way somebody crossed a line."""

    INWARD = value("in", description="To the side that the layout calls inside.")
    OUTWARD = value("out", description="To the other side.")


@strawberry.enum(description="What a zone is for.")
class ZoneKind(Enum):
    """What a zone is for."""

    AISLE = value("aisle", description="Where goods are looked for.")
    CHECKOUT = value("checkout", description="Where people pay, or wait to.")
    PROMOTION = value("promotion", description="Where something is promoted.")
    RESTRICTED = value("restricted", description="Where only employees may be.")
    SERVICE = value("service", description="Where people are served.")


@strawberry.enum(description="What a rule looks for.")
class RuleKind(Enum):
    """What a rule looks for."""

    RESTRICTED = value("restricted", description="Somebody in a zone where only employees may be.")
    LOITERING = value("loitering", description="Somebody who stays in a zone for longer than they should.")
    CROWDING = value("crowding", description="More people in a zone than should be.")
    QUEUE = value("queue", description="A line that is too long.")
    CLOSED = value("closed", description="Somebody in the store outside of its opening hours.")
    COVERED = value("covered", description="A camera whose pictures show nothing.")


@strawberry.enum(description="How bad something is.")
class Severity(Enum):
    """How bad something is."""

    NOTICE = value("notice", description="Good to know.")
    WARNING = value("warning", description="Somebody should look.")
    CRITICAL = value("critical", description="Somebody must look now.")


@strawberry.enum(description="What somebody thinks of an alert.")
class Verdict(Enum):
    """What somebody thinks of an alert."""

    RIGHT = value("right", description="It was what the rule is for.")
    WRONG = value("wrong", description="It was not.")
    UNSURE = value("unsure", description="They cannot tell.")


@strawberry.enum(description="A side of a line, seen from its start towards its end.")
class Side(Enum):
    """A side of a line."""

    LEFT = value("left", description="The left one.")
    RIGHT = value("right", description="The right one.")


@strawberry.enum(description="How people pay in a store.")
class Checkout(Enum):
    """How people pay in a store."""

    TILLS = value("tills", description="At tills with somebody behind them.")
    SELF = value("self", description="At tills that people use by themselves.")
    WALK_OUT = value("walk-out", description="Nowhere: they take what they want and leave.")


@strawberry.enum(name="SaleRecordedChannel", description="Where a sale was paid.")
class SaleChannel(Enum):
    """Where a sale was paid."""

    TILL = value("till", description="To somebody at a till.")
    SELF = value("self", description="At a machine.")
    WALK_OUT = value("walk-out", description="By leaving.")
    WEB = value("web", description="Elsewhere.")


@strawberry.enum(description="Why a record does not count as it was written.")
class CorrectionReason(Enum):
    """Why a record does not count as it was written."""

    MISJUDGED = value("misjudged", description="Taken for what it was not.")
    MISPLACED = value("misplaced", description="Another door, line, zone or shelf.")
    MISTIMED = value("mistimed", description="Another time.")
    MISCOUNTED = value("miscounted", description="Another number.")
    DOUBLED = value("doubled", description="Recorded twice.")
    DAMAGED = value("damaged", description="Nobody can make sense of it.")
    FOREIGN = value("foreign", description="It belongs elsewhere.")
    TEST = value("test", description="Somebody tried something out.")
    OTHER = value("other", description="None of the others.")


@strawberry.enum(description="Why somebody is forgotten.")
class ErasureGround(Enum):
    """Why somebody is forgotten."""

    REQUESTED = value("requested", description="They asked for it.")
    CONSENT_WITHDRAWN = value("consent_withdrawn", description="They took their consent back.")
    NO_LONGER_NEEDED = value("no_longer_needed", description="What it was held for is over.")
    OBJECTED = value("objected", description="They objected to the use.")
    UNLAWFUL = value("unlawful", description="It should never have been held.")
    ORDERED = value("ordered", description="A law or an authority demands it.")


@strawberry.enum(description="Why a record could not be applied.")
class DeadLetterReason(Enum):
    """Why a record could not be applied."""

    UNDECODABLE = value("undecodable", description="Nobody can read it.")
    UNKNOWN_TYPE = value("unknown_type", description="This version does not know its type.")
    MISADDRESSED = value("misaddressed", description="It stands under the key of another store.")
    FOLD_FAILED = value("fold_failed", description="A read model could not take it.")
    PARKED = value("parked", description="Only an earlier record of its subject is to blame.")


@strawberry.enum(description="The order of a list.")
class TimeOrder(Enum):
    """The order of a list."""

    EARLIEST_FIRST = value("earliest", description="By time.")
    LATEST_FIRST = value("latest", description="By time, the other way round.")


WORDS: tuple[type[Enum], ...] = (
    EndReason,
    Role,
    Direction,
    ZoneKind,
    Side,
    Checkout,
    SaleChannel,
    CorrectionReason,
    ErasureGround,
    DeadLetterReason,
    RuleKind,
    Severity,
    Verdict,
)
"""Every closed list that facts and layouts take words from."""


def word(member: Enum | None) -> Any:
    """Return the word that facts and layouts have for a member."""
    return None if member is None else member.value
