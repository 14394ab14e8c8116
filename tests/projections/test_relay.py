"""What policies derived goes to Kafka as long as the projector lives, or the projector does not live."""

import psycopg
import pytest

from event_store.topics import Topics
from tests.builders.feeding import Feeding

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]


async def test_a_projector_that_can_send_nothing_from_its_outbox_ends_and_says_why(
    kafka: str, topics: Topics, database: str
) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("REVOKE SELECT ON record.outbox FROM shopfloor_projector")

    feeding = Feeding(kafka, topics, database)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="outbox"):
        async with feeding.projecting() as task:
            await feeding.until(lambda: False, task)
