"""Where the settings say that checkpoints go."""

from collections.abc import Sequence
from pathlib import Path

from event_store.publishing import Channel, Folder, Webhook, Witness, read_witnesses
from infra.errors import InvalidSettings
from infra.settings import Settings


def channels_of(where: Settings, folder: Path | None = None) -> Sequence[Channel]:
    """Return every channel; raises `InvalidSettings` or a `PublishingError` for one that cannot be used."""
    folder = folder or where.publish
    channels: list[Channel] = [] if folder is None else [Folder(folder)]
    if (where.publish_url is None) != (where.publish_secret is None):
        raise InvalidSettings(["SHOPFLOOR_PUBLISH_URL and SHOPFLOOR_PUBLISH_SECRET belong together; set both"])
    if where.publish_url is not None and where.publish_secret is not None:
        channels.append(Webhook(where.publish_url, where.publish_secret.get_secret_value()))
    return [*channels, *witnesses_of(where)]


def witnesses_of(where: Settings) -> Sequence[Witness]:
    """Return the witnesses; raises `InvalidSettings` or a `PublishingError`."""
    witnesses = [] if where.witnesses is None else read_witnesses(where.witnesses)
    quorum = where.witness_quorum
    if quorum is not None and not 1 <= quorum <= len(witnesses):
        raise InvalidSettings([f"SHOPFLOOR_WITNESS_QUORUM is {quorum} and there are {len(witnesses)} witnesses"])
    return witnesses
