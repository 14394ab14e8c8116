"""Runs that outlive their process: a recording goes on under the same run, a live camera begins a new one."""

from datetime import datetime

import msgspec

from event_store.events import ShopperEntered, ZoneEntered
from event_store.serialization import decode, timestamp
from vision_workers.pipeline import Step
from vision_workers.pipeline.numbering import Numbering
from vision_workers.runs import Run
from vision_workers.spool.spool import Spool
from vision_workers.stays import exit_of

RECORDED, LIVE = "recorded", "live"


class KeptRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run and the time at which its recordings begin."""

    run: Run
    start: datetime
    resumed: bool


class KeptRuns:
    """The runs that a spool remembers; their keys are on disk before their first fact."""

    def __init__(self, spool: Spool, worker: str) -> None:
        self._spool, self._worker = spool, worker

    def recorded(self, store_key: str, fingerprint: str, start: datetime) -> KeptRun:
        """Return the unfinished run of the same recordings, or a new one that begins at `start`.

        The fingerprint tells whether they are the same; a run of others is ended where it stopped.
        """
        for key, kept_fingerprint, kept_start in self._kept(store_key, RECORDED):
            if kept_fingerprint == fingerprint:
                return KeptRun(run=Run(key), start=datetime.fromisoformat(kept_start), resumed=True)
            self._end(store_key, Run(key))
        return self._new(store_key, RECORDED, fingerprint, start)

    def live(self, store_key: str, now: datetime) -> KeptRun:
        """Return a new run, for what happens now."""
        return self._new(store_key, LIVE, "", now)

    def end_live(self) -> None:
        """End what the live runs of killed workers left open, of whatever store; to be called before new ones begin."""
        with self._spool.database.transaction() as file:
            runs = file.execute("SELECT store, key FROM runs WHERE kind = ?", (LIVE,)).fetchall()
        for store_key, key in runs:
            self._end(store_key, Run(key))

    def complete(self, run: Run) -> None:
        """Forget a run whose recordings were read to their end and whose facts are all acknowledged."""
        self._forget(run)

    def _kept(self, store_key: str, kind: str) -> list[tuple[bytes, str, str]]:
        with self._spool.database.transaction() as file:
            query = "SELECT key, fingerprint, start FROM runs WHERE store = ? AND kind = ?"
            return file.execute(query, (store_key, kind)).fetchall()

    def _new(self, store_key: str, kind: str, fingerprint: str, start: datetime) -> KeptRun:
        run = Run.new()
        with self._spool.database.transaction() as file:
            row = (run.key, store_key, kind, fingerprint, timestamp(start))
            file.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?)", row)
        return KeptRun(run=run, start=start, resumed=False)

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
        self._forget(run)

    def _forget(self, run: Run) -> None:
        with self._spool.database.transaction() as file:
            file.execute("DELETE FROM runs WHERE key = ?", (run.key,))
            file.execute("DELETE FROM sources WHERE source LIKE ?", (f"%/{run.name}%",))
            file.execute("DELETE FROM cameras WHERE source LIKE ?", (f"%/{run.name}",))
