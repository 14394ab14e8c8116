"""What can go wrong with the record.

ShopfloorError            every error that a user may see; its text says what to do
├── InvalidEvent          bytes that are no fact of the catalogue
│   ├── UndecodableRecord
│   │   └── NoLongerReadable  an older version took it
│   ├── UnknownEventType
│   └── OversizedRecord
├── Unreachable           a service that does not answer
│   ├── DatabaseUnreachable
│   └── BrokerUnreachable
│       └── BrokerRefuses  it is there, and waiting cannot help
├── UnusableCertificates  files for TLS that are none, or do not belong together
├── TopicMissing          a Kafka topic that nobody made
├── UnfitTopic            a Kafka topic in which facts would be lost
├── RefusedSale           texts that say no sale
├── UnreadableLayout      a layout file that is not there or may not be read
├── InvalidLayout         a layout file with one or more problems
├── UnreadableSecrets     a file of credentials that is not there or has another form
└── UnknownSecrets        a layout names credentials that nobody gave
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec


class ShopfloorError(Exception):
    """An error whose one-line text tells the reader what is wrong and what to do.

    `exit_status` is what a command ends with: 1 refused or failed, 2 unusable input or arguments.
    """

    exit_status = 1


class InvalidEvent(ShopfloorError):
    """Bytes that are no fact of the catalogue."""

    exit_status = 2


class UndecodableRecord(InvalidEvent):
    """A record that is no CloudEvent, or whose data does not fit its type."""

    def __init__(self, why: str) -> None:
        super().__init__(f"not a readable CloudEvent: {why}")


class NoLongerReadable(UndecodableRecord):
    """A record that an older version took and no version takes any more: a time in it is no date everywhere."""

    def __init__(self, why: str) -> None:
        ShopfloorError.__init__(self, why)


class UnknownEventType(InvalidEvent):
    """A record whose type, or version of it, is not in the catalogue."""

    def __init__(self, type_name: str) -> None:
        super().__init__(
            f"event type {type_name!r} is not in the catalogue of this version; upgrade, or skip the record"
        )


class OversizedRecord(InvalidEvent):
    """A fact whose bytes exceed what the record takes."""

    def __init__(self, type_name: str, size: int, limit: int) -> None:
        super().__init__(f"{type_name} has {size} bytes; the record takes at most {limit}")


class Unreachable(ShopfloorError):
    """A service that does not answer."""


class DatabaseUnreachable(Unreachable):
    """PostgreSQL does not answer, or refuses this user."""

    def __init__(self, why: str) -> None:
        super().__init__(f"PostgreSQL cannot be used: {_one_line(why)}; {database_cure(why)}")


DATABASE_CURES = {
    "password authentication failed": "correct the user in SHOPFLOOR_DATABASE, or SHOPFLOOR_DATABASE_PASSWORD",
    "certificate verify failed": "set SHOPFLOOR_DATABASE_CA_FILE to the file of the authority that signed for it",
    "does not match host name": "write the name that the server's certificate has into SHOPFLOOR_DATABASE",
    "no encryption": "set SHOPFLOOR_DATABASE_CA_FILE, or sslmode in SHOPFLOOR_DATABASE: it wants TLS",
    "does not support SSL": "let it speak TLS, or leave SHOPFLOOR_DATABASE_CA_FILE and sslmode out",
    "certificate required": "set SHOPFLOOR_DATABASE_CERTIFICATE_FILE and _KEY_FILE: it wants a certificate",
}
"""What to do about a refusal of PostgreSQL's, by words of it."""


def database_cure(why: str) -> str:
    """Return what to do when PostgreSQL cannot be used."""
    known = (cure for words, cure in DATABASE_CURES.items() if words in why)
    return next(known, "start it or correct SHOPFLOOR_DATABASE (`shopfloor doctor`)")


class BrokerUnreachable(Unreachable):
    """Kafka does not answer, or refuses this user."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(
            f"Kafka at {where} cannot be used: {_one_line(why)}; start it or correct SHOPFLOOR_KAFKA "
            "(`shopfloor doctor`)"
        )


class BrokerRefuses(BrokerUnreachable):
    """Kafka is there and takes no client with these settings; waiting does not help."""

    def __init__(self, where: str, why: str) -> None:
        ShopfloorError.__init__(self, f"Kafka at {where} cannot be used: {_one_line(why)}")


class UnusableCertificates(ShopfloorError):
    """Files for TLS to Kafka that are none, or do not belong together."""

    exit_status = 2

    def __init__(self, why: str) -> None:
        super().__init__(
            f"SHOPFLOOR_KAFKA_CA_FILE, _CERTIFICATE_FILE or _KEY_FILE cannot be used: {_one_line(why)}; "
            "give PEM files, and the key of that certificate with its SHOPFLOOR_KAFKA_KEY_PASSWORD"
        )


class TopicMissing(ShopfloorError):
    """A Kafka topic that nobody made."""

    def __init__(self, topic: str) -> None:
        super().__init__(f"Kafka has no topic {topic}; run `shopfloor migrate`, or correct SHOPFLOOR_TOPIC_PREFIX")


class UnfitTopic(ShopfloorError):
    """A Kafka topic in which facts would be lost, or dated by whoever writes them."""

    def __init__(self, topic: str, setting: str, value: str, right: str) -> None:
        super().__init__(
            f"topic {topic} has {setting} {value} and must have {right}: facts would be lost; run `shopfloor migrate`, "
            "which puts it right, or let the cluster's owner do it"
        )


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong with a layout: where, what, and what would be right."""

    line: int
    what: str
    cure: str


class RefusedSale(ShopfloorError):
    """Texts that say no sale; `field` is the first one that is wrong."""

    def __init__(self, field: str, why: str) -> None:
        self.field = field
        super().__init__(why)


class UnreadableLayout(ShopfloorError):
    """A layout file that is not there or may not be read."""

    exit_status = 2

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"cannot read the layout {path}: {why}; give the path of a layout file")


class InvalidLayout(ShopfloorError):
    """A layout file with one or more problems, all of them told at once."""

    exit_status = 2

    def __init__(self, path: Path, problems: Sequence[Problem]) -> None:
        self.path = path
        self.problems = tuple(problems)
        lines = [f"{path}:{p.line}: {p.what}; {p.cure}" for p in problems]
        super().__init__("\n".join(lines if len(lines) == 1 else [f"{path} has {len(lines)} problems", *lines]))


class UnreadableSecrets(ShopfloorError):
    """A file of credentials that is not there or has another form; its text is never told."""

    exit_status = 2

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"SHOPFLOOR_SECRETS_FILE names {path}: {why}; give a file with NAME=value on each line")


class UnknownSecrets(ShopfloorError):
    """A layout names credentials that nobody gave."""

    exit_status = 2

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"the layout's sources name {', '.join(names)}, which nobody gave; set each in the environment, or write "
            "NAME=value lines into the file that SHOPFLOOR_SECRETS_FILE names"
        )


def _one_line(text: str) -> str:
    return " ".join(text.split())
