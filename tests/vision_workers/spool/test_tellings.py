import hashlib
import os
from datetime import timedelta
from pathlib import Path

import pytest

from event_store.envelope import Envelope
from event_store.events.clock import MinutePassed
from tests.builders.watching import NOON, RUN
from vision_workers.pipeline import Step
from vision_workers.pipeline.numbering import Numbering
from vision_workers.spool.kept_runs import KeptRuns
from vision_workers.spool.spool import Spool
from vision_workers.spool.tellings import Tale, Telling, Tellings

LIMIT = 1_000_000
TALE = Tale(store_key="acme/corner", camera_id="aisle", digest="d1", take=1)
CLOCK = f"/acme/corner/clock/{RUN.name}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spool" / "worker.sqlite"


def facts(number: int) -> tuple[Envelope, ...]:
    """Return the first minutes of the store."""
    numbering = Numbering("acme/corner", "worker")
    minutes = [MinutePassed(time=NOON, store_id="corner", cameras=[], occupancy=None) for _ in range(number)]
    return tuple(numbering.envelope("clock", RUN, minute) for minute in minutes)


def test_a_recording_is_told_up_to_the_last_frame_that_was_taken_however_little_it_had_to_say(path: Path) -> None:
    with Spool(path, LIMIT) as spool:
        runs = KeptRuns(spool, "worker")
        run = runs.begin("acme/corner", "all of it", NOON, [TALE]).run
        quiet = f"/acme/corner/camera/{TALE.camera_id}/{run.name}"
        for second in range(3):
            at = NOON + timedelta(seconds=second)
            spool.put(Step(source=quiet, key="acme/corner", time=at))
        spool.put(Step(source=CLOCK, key="acme/corner", time=None, facts=facts(1)))
        spool.put(Step(source=quiet, key="acme/corner", time=NOON, facts=facts(2)))  # repeated after a kill

    with Spool(path, LIMIT) as spool:
        runs = KeptRuns(spool, "worker")
        assert runs.unfinished("acme/corner", "all of it") is not None
        runs.end_recorded("acme/corner")

        assert runs.unfinished("acme/corner", "all of it") is None
        assert runs.tellings.find(TALE) == Telling(start=NOON, until=NOON + timedelta(seconds=2))


def test_a_digest_is_made_again_only_for_a_file_that_has_changed(path: Path, tmp_path: Path) -> None:
    film = tmp_path / "door.mp4"
    film.write_bytes(b"frames")
    with Spool(path, LIMIT) as spool:
        tellings = Tellings(spool.database)
        first = tellings.digest(film)
        film.write_bytes(b"others")
        os.utime(film, ns=(0, 0))
        second = tellings.digest(film)
        film.write_bytes(b"thirds")
        os.utime(film, ns=(0, 0))

        assert first == hashlib.sha256(b"frames").hexdigest()
        assert second == tellings.digest(film) == hashlib.sha256(b"others").hexdigest()
