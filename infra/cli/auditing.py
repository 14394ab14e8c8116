"""What the commands for auditors share: the sealed record that the settings name."""

import migrations
from event_store.checkpoints import KeyFolder
from event_store.sealing.office import Office
from infra.settings import Settings


def office_of(where: Settings) -> Office:
    """Return the sealed record of the settings' database; refuses a database of another version."""
    migrations.check(where.database_url())
    return Office(where.database_url(), where.topics.events, KeyFolder(where.keys_folder))
