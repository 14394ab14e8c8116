"""Ending a Kafka consumer."""

import asyncio

from aiokafka import AIOKafkaConsumer


async def close(consumer: AIOKafkaConsumer) -> None:
    """Stop a consumer, also while Kafka is away.

    Its library then cuts off the fetches that it tries again, hands their cancellation on to whoever stops it, and
    leaves everything else as it is.
    """
    stopping = asyncio.ensure_future(consumer.stop())
    await asyncio.wait([stopping])
    if stopping.cancelled():
        fetches = list(consumer._fetcher._pending_tasks)  # noqa: SLF001  # it has no other way
        for fetch in fetches:
            fetch.cancel()
        await asyncio.gather(*fetches, return_exceptions=True)
        await consumer._client.close()  # noqa: SLF001  # the same
    else:
        stopping.result()
