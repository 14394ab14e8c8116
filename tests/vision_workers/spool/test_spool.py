import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from event_store.envelope import Envelope
from event_store.events.cameras import CameraDark
from event_store.serialization import decode, encode
from tests.builders.watching import NOON, RUN
from vision_workers.pipeline import Step
from vision_workers.pipeline.numbering import Numbering
from vision_workers.samples import Sample
from vision_workers.spool.database import VERSIONS
from vision_workers.spool.errors import DiskFull, SpoolDamaged, SpoolInUse, SpoolTooNew, SpoolUnusable
from vision_workers.spool.spool import Spool
from vision_workers.spool.tellings import Tale, Tellings

LIMIT = 1_000_000
TALE = Tale(store_key="acme/corner", camera_id="aisle", digest="d1", take=1)
SOURCE = f"/acme/corner/camera/door/{RUN.name}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spool" / "worker.sqlite"


def facts(number: int) -> list[Envelope]:
    numbering = Numbering("acme/corner", "worker")
    dark = [
        CameraDark(camera_id="door", time=NOON + timedelta(seconds=n), silence_ms=n, cause="") for n in range(number)
    ]
    return [numbering.envelope("camera/door", RUN, event) for event in dark]


def step(*envelopes: Envelope, samples: tuple[Sample, ...] = ()) -> Step:
    return Step(source=SOURCE, key="acme/corner", time=NOON, facts=envelopes, samples=samples)


def sample(at_s: float) -> Sample:
    return Sample(
        organisation="acme",
        store="corner",
        camera_id="door",
        time=NOON + timedelta(seconds=at_s),
        track_id="t",
        visit_id=None,
        foot=(0.5, 0.5),
        floor=None,
        zones=(),
        layout_digest="d",
    )


def sequences(spool: Spool) -> list[int]:
    return [waiting.sequence for waiting in spool.batch(1000)]


def test_facts_wait_in_order_and_in_the_bytes_that_the_record_will_hold(path: Path) -> None:
    written = facts(3)
    with Spool(path, LIMIT) as spool:
        for envelope in written:
            spool.put(step(envelope))

        batch = spool.batch(10)

    assert [waiting.record for waiting in batch] == [encode(envelope) for envelope in written]
    assert [decode(waiting.record).sequence for waiting in batch] == [1, 2, 3]
    assert {(waiting.key, waiting.channel) for waiting in batch} == {("acme/corner", "events")}


def test_what_waits_is_still_there_after_a_restart(path: Path) -> None:
    with Spool(path, LIMIT) as spool:
        spool.put(step(*facts(3)))
        waiting = spool.waiting_bytes

    with Spool(path, LIMIT) as spool:
        assert sequences(spool) == [1, 2, 3]
        assert spool.waiting_bytes == waiting > 0


def test_what_is_acknowledged_is_dropped_and_its_position_kept(path: Path) -> None:
    with Spool(path, LIMIT) as spool:
        spool.put(step(*facts(5)))
        spool.acknowledge(spool.batch(3))

        assert sequences(spool) == [4, 5]
        assert spool.acknowledged(SOURCE) == 3

    with Spool(path, LIMIT) as spool:
        assert spool.acknowledged(SOURCE) == 3
        assert spool.waiting_records == 2


def test_a_recording_that_is_repeated_adds_only_what_is_new(path: Path) -> None:
    with Spool(path, LIMIT) as spool:
        spool.put(step(*facts(3)))
        spool.acknowledge(spool.batch(2))

    with Spool(path, LIMIT) as spool:
        spool.put(step(*facts(5)))

        assert sequences(spool) == [3, 4, 5]


def test_samples_that_are_repeated_are_dropped_by_their_time(path: Path) -> None:
    with Spool(path, LIMIT) as spool:
        spool.put(step(samples=(sample(0.0), sample(0.5))))
        spool.acknowledge(spool.batch(10))
        spool.put(step(samples=(sample(0.0),)))
        spool.put(step(samples=(sample(0.5), sample(1.0))))

        (waiting,) = spool.batch(10)

    assert waiting.channel == "samples"
    assert msgspec.json.decode(waiting.record)["time"] == "2026-11-21T12:00:01.000Z"


def test_a_filling_spool_keeps_facts_and_no_samples(path: Path) -> None:
    with Spool(path, 2_000) as spool:
        spool.put(step(*facts(3)))
        spool.put(step(samples=(sample(0.0),)))

        assert {waiting.channel for waiting in spool.batch(10)} == {"events"}


def test_a_step_is_kept_as_a_whole_or_not_at_all(path: Path) -> None:
    huge = msgspec.structs.replace(facts(1)[0].event, cause="x" * 70_000)
    envelope = msgspec.structs.replace(facts(2)[1], event=huge)
    with Spool(path, LIMIT) as spool:
        with pytest.raises(Exception, match="bytes"):
            spool.put(step(facts(1)[0], envelope))

        assert sequences(spool) == []
        assert spool.waiting_records == 0


def test_a_full_disk_is_told_and_the_same_step_can_be_put_again(path: Path) -> None:
    with Spool(path, LIMIT) as spool:
        pages = spool.database._connection.execute("PRAGMA page_count").fetchone()[0]
        spool.database._connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(DiskFull, match="the disk is full"):
            spool.put(step(*facts(100)))
        assert spool.waiting_records == 0

        spool.database._connection.execute("PRAGMA max_page_count = 100000")
        spool.put(step(*facts(100)))

        assert sequences(spool) == list(range(1, 101))


def test_what_an_outage_filled_is_given_back(path: Path) -> None:
    with Spool(path, 10_000_000) as spool:
        for envelope in facts(3000):
            spool.put(step(envelope))
        size = path.stat().st_size + path.with_name(f"{path.name}-wal").stat().st_size
        while spool.waiting_records:
            spool.acknowledge(spool.batch(500))

        assert path.stat().st_size < size / 4


def test_two_workers_do_not_share_a_spool(path: Path) -> None:
    with Spool(path, LIMIT), pytest.raises(SpoolInUse, match="in use by another worker"):
        Spool(path, LIMIT)


def test_a_file_that_is_no_spool_is_refused(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"milk, bread" * 1000)

    with pytest.raises(SpoolDamaged, match="file is not a database"):
        Spool(path, LIMIT)


def test_a_corrupt_spool_is_refused(path: Path) -> None:
    with Spool(path, LIMIT) as spool:
        spool.put(step(*facts(200)))
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 9000] = b"\xff" * 9000
    path.write_bytes(content)

    with pytest.raises(SpoolDamaged, match="move it away"):
        Spool(path, LIMIT)


def test_a_spool_of_an_older_version_keeps_what_waits(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"{VERSIONS[0]}PRAGMA user_version = 1")
        row = ("events", "acme/corner", SOURCE, 1, encode(facts(1)[0]))
        connection.execute("INSERT INTO waiting (channel, key, source, sequence, record) VALUES (?, ?, ?, ?, ?)", row)
        connection.commit()

    with Spool(path, LIMIT) as spool:
        assert sequences(spool) == [1]
        assert Tellings(spool.database).find(TALE) is None
    with Spool(path, LIMIT) as spool:
        assert sequences(spool) == [1]


def test_a_spool_of_a_newer_version_is_refused(path: Path) -> None:
    with Spool(path, LIMIT):
        pass
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(SpoolTooNew, match="version 99"):
        Spool(path, LIMIT)


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file where a folder should be")

    with pytest.raises(SpoolUnusable, match="set SHOPFLOOR_DATA"):
        Spool(tmp_path / "spool" / "worker.sqlite", LIMIT)
