"""Runs an installation in the foreground."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from infra.errors import WorkRefused
from infra.supervision.page import Page
from infra.supervision.shop import Shop
from infra.supervision.status import LagWatch, read_status
from infra.supervision.view import choose_view

EVERY_S = 0.5
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(shop: Shop) -> None:
    """Run until a signal, or with `once` until all is done; raises a `ShopfloorError`."""
    with (
        stop_signals() as stop,
        shop,
        LagWatch(shop.settings) as watch,
        choose_view(shop.api, str(shop.token_file)) as view,
    ):
        page = Page(shop.api, shop.folder)
        while not stop.is_set():
            shop.tend()
            view.show(read_status(shop, watch.lag), page.find_address())
            if shop.wish.once and is_done(shop, watch):
                break
            stop.wait(EVERY_S)
        refused = [process for process in shop.processes if process.state == "refused"]
        if refused:
            raise WorkRefused(refused[0].role.name, refused[0].last_error)


def is_done(shop: Shop, watch: LagWatch) -> bool:
    """Return whether the worker has ended and the read models have all that it said."""
    worker = shop.worker
    if worker is None or worker.state == "refused":
        return True
    caught_up = watch.lag is not None and watch.lag.records == 0
    return worker.state == "ended" and caught_up and watch.asked_at > worker.ended_at


@contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """Set an event on Ctrl-C, SIGTERM or a closed terminal, instead of dying of it."""
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, ask) for number in STOPPING}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
