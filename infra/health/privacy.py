"""Check of the keeper: is everybody who was to be forgotten forgotten."""

import psycopg
from psycopg import errors

from event_store.database import connect_blocking
from event_store.erasure import ROLE
from event_store.errors import ShopfloorError
from infra.health.finding import Finding, broken, doubtful, well
from infra.health.record import START
from infra.settings import Settings

NOT_A_MEMBER = "permission denied to set role"
"""Said while a connection is opened, where no class of the error comes with it."""
_STATE = """
SELECT (SELECT min(subject) FROM erasure.tombstones WHERE NOT told),
       (SELECT count(*) FROM erasure.outbox),
       (SELECT count(*) FROM erasure.keys k JOIN record.erasures e USING (organisation, subject)),
       (SELECT count(*) FROM erasure.tombstones)
"""


def check_erasures(settings: Settings) -> Finding:
    """Look for erasures that were interrupted, and for keys that must not be there."""
    if settings.database is None:
        return doubtful("erasure", "not known", START)
    try:
        with connect_blocking(settings.database_url(), ROLE) as session:
            row = session.execute(_STATE).fetchone()
    except (psycopg.Error, ShopfloorError) as problem:
        if isinstance(problem, errors.InsufficientPrivilege) or NOT_A_MEMBER in str(problem):
            return well("erasure", "not for this database user to see")
        return broken("erasure", " ".join(str(problem).split()), "mend PostgreSQL first, or run `shopfloor migrate`")
    return _judged(*(row or (None, 0, 0, 0)))


def _judged(unfinished: str | None, waiting: int, returned: int, forgotten: int) -> Finding:
    if unfinished is not None:
        return broken("erasure", f"forgetting {unfinished} was interrupted", "run the same `shopfloor forget` again")
    if returned:
        detail = f"{returned} keys of forgotten subjects are back, from a backup"
        return broken("erasure", detail, "run `shopfloor keys renew-master`, which destroys them")
    if waiting:
        return doubtful("erasure", f"{waiting} facts wait for Kafka", "the next consent or forget sends them")
    return well("erasure", f"{forgotten} subjects are forgotten, none halfway")
