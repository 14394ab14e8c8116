import asyncio
import gc
import logging
import socket
import threading
import time

import pytest

from tests import leaks


async def _for_ever() -> None:
    await asyncio.Event().wait()


def test_a_loop_that_a_test_leaves_open_is_told() -> None:
    with pytest.raises(AssertionError, match=r"is_told .* left its event loop open"), leaks.none_left():
        loop = asyncio.new_event_loop()
    loop.close()


def test_a_loop_that_a_test_drops_open_is_told() -> None:
    with pytest.raises(AssertionError, match="unclosed event loop"), leaks.none_left():
        asyncio.new_event_loop()


def test_a_task_that_waits_in_a_closed_loop_is_told() -> None:
    loop = asyncio.new_event_loop()
    task = loop.create_task(_for_ever())
    with pytest.raises(AssertionError, match=r"left in its event loop .*_for_ever"), leaks.none_left():
        loop.close()
    task._log_destroy_pending = False  # type: ignore[attr-defined]  # told once is enough
    task.get_coro().close()


def test_what_asyncio_tells_the_log_only_is_told() -> None:
    complaints = leaks.Complaints()
    complaints.handle(logging.makeLogRecord({"msg": "Task was destroyed", "levelno": logging.ERROR}))

    assert len(complaints.said) == 1
    assert complaints.said[0].endswith("Task was destroyed")


def test_what_is_closed_is_not_told() -> None:
    async def work() -> None:
        asyncio.create_task(_for_ever())  # noqa: RUF006  # ended with its loop

    with leaks.none_left():
        asyncio.run(work())


def test_what_a_thread_drops_that_ends_late_is_told_of_the_module_in_which_it_began() -> None:
    def drop_a_socket() -> None:
        time.sleep(0.1)
        circle: list[object] = [socket.socket()]
        circle.append(circle)

    with pytest.raises(AssertionError, match="unclosed <socket"), leaks.none_left():
        threading.Thread(target=drop_a_socket).start()


def test_what_outlived_a_module_is_not_looked_through_at_the_end_of_the_next() -> None:
    with leaks.none_left():
        pass
    kept = gc.get_freeze_count()

    assert len(gc.get_objects()) < kept / 2
