"""Runs that outlive their process: a recording goes on under the same run, a live camera begins a new one."""

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec

from event_store.events.visits import ShopperEntered
from event_store.events.zones import ZoneEntered
from event_store.serialization import decode, timestamp
from vision_workers.pipeline import Step
from vision_workers.pipeline.numbering import Numbering
from vision_workers.runs import Run
from vision_workers.spool.spool import Spool
from vision_workers.spool.tellings import Tale, Tellings, begin_telling, end_telling
from vision_workers.stays import exit_of

RECORDED, LIVE = "recorded", "live"


class KeptRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run, and when those of its recordings begin that no earlier run has told of."""

    run: Run
    start: datetime


class KeptRuns:
    """The runs that a spool remembers; their keys are on disk before their first fact."""

    def __init__(self, spool: Spool, worker: str) -> None:
        self._spool, self._worker = spool, worker
        self.tellings = Tellings(spool.database)

    def unfinished(self, store_key: str, fingerprint: str) -> KeptRun | None:
        """Return the run that was telling the same recordings when its process ended; the fingerprint says whether."""
        query = "SELECT key, start FROM runs WHERE (store, kind, fingerprint) = (?, ?, ?)"
        with self._spool.database.transaction() as file:
            row = file.execute(query, (store_key, RECORDED, fingerprint)).fetchone()
        return KeptRun(run=Run(row[0]), start=datetime.fromisoformat(row[1])) if row else None

    def end_recorded(self, store_key: str) -> None:
        """End where they stopped the runs of a store whose recordings, layout or models have changed."""
        query = "SELECT key FROM runs WHERE (store, kind) = (?, ?)"
        with self._spool.database.transaction() as file:
            keys = file.execute(query, (store_key, RECORDED)).fetchall()
        for (key,) in keys:
            self._end(store_key, Run(key))

    def begin(self, store_key: str, fingerprint: str, start: datetime, tales: Sequence[Tale]) -> KeptRun:
        """Return a new run that tells recordings; those that no run has begun to tell begin at `start`."""
        return self._new(store_key, RECORDED, fingerprint, start, tales)

    def live(self, store_key: str, now: datetime) -> KeptRun:
        """Return a new run, for what happens now."""
        return self._new(store_key, LIVE, "", now, ())

    def end_live(self) -> None:
        """End what the live runs of killed workers left open, of whatever store; to be called before new ones begin."""
        with self._spool.database.transaction() as file:
            runs = file.execute("SELECT store, key FROM runs WHERE kind = ?", (LIVE,)).fetchall()
        for store_key, key in runs:
            self._end(store_key, Run(key))

    def complete(self, run: Run, whole: Collection[str]) -> None:
        """Forget a run whose facts are all in the spool; the cameras in `whole` have told all that they had to say."""
        self._forget(run, whole)

    def _new(self, store_key: str, kind: str, fingerprint: str, start: datetime, tales: Sequence[Tale]) -> KeptRun:
        run = Run.new()
        with self._spool.database.transaction() as file:
            row = (run.key, store_key, kind, fingerprint, timestamp(start))
            file.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?)", row)
            begin_telling(file, run, tales, start)
        return KeptRun(run=run, start=start)

    def _end(self, store_key: str, run: Run) -> None:
        """Put an exit for each visit and stay that the run left open, zone stays first, and forget it."""
        with self._spool.database.transaction() as file:
            open_stays = file.execute(
                "SELECT stays.source, record, last_frame FROM stays LEFT JOIN cameras USING (source) "
                "WHERE stays.source LIKE ? ORDER BY name",
                (f"%/{run.name}",),
            ).fetchall()
        numbering = Numbering(store_key, self._worker)
        for source in {source for source, _, _ in open_stays}:
            numbering.start_after(source, self._spool.stored(source))
        for source, record, last_frame in open_stays:
            opening = decode(record).event
            if not isinstance(opening, ShopperEntered | ZoneEntered):
                continue
            last = datetime.fromisoformat(last_frame) if last_frame else opening.time
            fact = numbering.next_of(source, run, exit_of(opening, last, "camera_down"))
            self._spool.put(Step(source=source, key=store_key, time=None, facts=(fact,)))
        self._forget(run, frozenset())

    def _forget(self, run: Run, whole: Collection[str]) -> None:
        with self._spool.database.transaction() as file:
            end_telling(file, run, whole)
            file.execute("DELETE FROM runs WHERE key = ?", (run.key,))
            file.execute("DELETE FROM sources WHERE source LIKE ?", (f"%/{run.name}%",))
            file.execute("DELETE FROM cameras WHERE source LIKE ?", (f"%/{run.name}",))
