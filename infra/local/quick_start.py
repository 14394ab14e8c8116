"""What embedded Kafka computes at its start, kept once for each user."""

import tempfile
from pathlib import Path

from filelock import FileLock

from event_store.connection import KafkaConnection
from event_store.topics import TOPICS
from infra.local.kafka import Broker, quick_start_archive
from infra.local.topics import make_topics

ARCHIVING_S = 300.0


def archive_quick_start() -> None:
    """Start Kafka once and keep its loaded and linked classes: later starts take half the processor time.

    Nothing depends on it: without the archive a start only takes longer.
    """
    archive = quick_start_archive()
    with FileLock(archive.with_suffix(".lock")), tempfile.TemporaryDirectory(dir=archive.parent) as temporary:
        if archive.exists():
            return
        folder, made = Path(temporary), Path(temporary) / "made.aot"
        flags = (f"-XX:AOTCacheOutput={made}", "-Xlog:aot*=error")
        broker = Broker(folder / "kafka", folder / "processes", folder / "kafka.log", flags=flags)
        try:
            broker.start()
            make_topics(KafkaConnection(bootstrap=broker.bootstrap), TOPICS, replicas=1)
        finally:
            broker.stop(ARCHIVING_S)
        if made.exists():
            made.rename(archive)
