"""Where the demo lives: an installation of its own, in a folder of the data folder."""

from infra.local.running import find_running
from infra.settings import Settings
from infra.supervision.shop import OF_ONE_RECORD


def demo_settings(settings: Settings) -> Settings:
    """Return the settings of the demo's installation: nothing of another record's, and its subscriber is here."""
    own = Settings(data=settings.data.resolve() / "demo", kafka=None, database=None, topic_prefix="")
    return own.model_copy(update=dict.fromkeys(OF_ONE_RECORD) | {"webhook_loopback": True})


def find_demo(settings: Settings) -> Settings | None:
    """Return the settings of a demo that runs now beside these."""
    own = demo_settings(settings)
    running = find_running(own.data)
    return own.with_addresses(running.kafka, running.database) if running else None
