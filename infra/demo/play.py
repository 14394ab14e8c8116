"""Plays the demo: a fresh installation, the clips through it, and the answers beside the truth."""

import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec import structs

from event_store.checkpoints import KeyFolder
from event_store.export import Sealed
from event_store.sealing.office import Office
from infra.demo.comparison import Line, compare
from infra.demo.errors import DemoFailed, DemoUnanswered
from infra.demo.place import demo_settings
from infra.demo.questions import Client
from infra.demo.receiver import Receiver
from infra.demo.report import Report
from infra.demo.reported import ask_report, compare_report
from infra.demo.shelves import ask_shelves, compare_shelves
from infra.demo.story import Story
from infra.demo.tills import Tills, sales_lines, webhook_line
from infra.errors import WorkRefused
from infra.local.folder import FolderLock
from infra.local.processes import recover
from infra.settings import Settings
from infra.supervision.page import Page
from infra.supervision.running import EVERY_S, is_done, stop_signals
from infra.supervision.shop import Shop, Wish
from infra.supervision.status import LagWatch, read_workers

ANSWER_PATIENCE_S = 60.0
BEFORE_NOW = timedelta(minutes=5)
AFTERWARDS = timedelta(minutes=2)
"""So long after its clips the day of the store goes on at least: who is lost is waited for."""


def play(settings: Settings, story: Story, report: Report, *, once: bool, wish: Wish) -> None:
    """Play the demo in a data folder of its own; raises `DemoFailed` when an answer is off by more than its tolerance.

    `wish` says where its API is and for whom. Without `once` the installation stays up until it is told to stop.
    """
    own = demo_settings(settings)
    folder = own.data
    clear(folder)
    start = start_of_play(story, datetime.now(UTC))
    whole = structs.replace(wish, layouts=[story.layout_file], start_time=start.isoformat(), once=True)
    report.starting(story)
    with stop_signals() as stop, Shop(own, whole) as shop, LagWatch(shop.settings) as watch, Receiver() as receiver:
        client = Client(shop.api, shop.token_file)
        tills = Tills(client, story, start, receiver)
        page = Page(shop.api, shop.folder)
        while not stop.is_set() and not is_done(shop, watch):
            shop.tend()
            tills.sell_soon()
            report.page(page.find_address())
            report.playing(story, read_workers(folder), client.so_far(story.store, start))
            stop.wait(EVERY_S)
        if stop.is_set():
            return
        _demand_work(shop)
        lines = _compared(shop, client, tills, start)
        report.answered(lines)
        lines += _delivered(receiver, story, report)
        lines += _reported(client, story, start, report)
        report.sealed(_sealed(shop))
        report.invite(client, story, once=once, page=page.find_address())
        while not once and not stop.wait(EVERY_S):
            shop.tend()
    wrong = [line.question for line in lines if not line.is_right]
    if wrong:
        raise DemoFailed(wrong)


def start_of_play(story: Story, now: datetime) -> datetime:
    """Return when the clips begin: a whole minute, some minutes ago, and all of them on one day of the store.

    At midnight in the store every visit ends, and the truth knows of no night.
    """
    zone = ZoneInfo(story.layout.store.time_zone)
    start = (now - BEFORE_NOW).replace(second=0, microsecond=0)
    end = start + timedelta(seconds=story.seconds) + AFTERWARDS
    if start.astimezone(zone).date() == end.astimezone(zone).date():
        return start
    midnight = datetime.combine(end.astimezone(zone).date(), datetime.min.time(), zone).astimezone(UTC)
    return (midnight - (end - start)).replace(second=0, microsecond=0)


def clear(folder: Path) -> None:
    """Empty the demo's data folder; raises `FolderInUse` while a demo runs in it."""
    lock = FolderLock(folder)
    lock.acquire()
    try:
        recover(folder / "processes")
        for each in folder.iterdir():
            if each.is_dir():
                shutil.rmtree(each)
    finally:
        lock.release()


def _demand_work(shop: Shop) -> None:
    if shop.worker is not None and shop.worker.state == "refused":
        raise WorkRefused("worker", shop.worker.last_error)


def _sealed(shop: Shop) -> Sealed:
    where = shop.settings
    return Office(where.database_url(), where.topics.events, KeyFolder(where.keys_folder)).seal()[0]


def _reported(client: Client, story: Story, start: datetime, report: Report) -> list[Line]:
    written = ask_report(client, story, start)
    if written is None:
        raise DemoUnanswered(client.address, f"it writes no report about {story.store}")
    lines = compare_report(written, story.truth)
    report.reported(written, lines)
    return lines


def _delivered(receiver: Receiver, story: Story, report: Report) -> list[Line]:
    """Wait until the subscriber has been told of every sale; no line where nobody bought."""
    if not story.truth.bought_s:
        return []
    deadline = time.monotonic() + ANSWER_PATIENCE_S
    while len(receiver.taken) < len(story.truth.bought_s) and time.monotonic() < deadline:
        time.sleep(EVERY_S / 5)
    line = webhook_line(receiver, story)
    report.delivered(receiver, line)
    return [line]


def _compared(shop: Shop, client: Client, tills: Tills, start: datetime) -> list[Line]:
    deadline = time.monotonic() + ANSWER_PATIENCE_S
    while not client.is_ready():
        shop.tend()
        if time.monotonic() > deadline:
            said = next((each.last_error for each in shop.processes if each.role.name == "api"), "")
            raise DemoUnanswered(client.address, said or "it is not ready")
        time.sleep(EVERY_S)
    tills.sell()
    story = tills.story
    minutes = timedelta(seconds=story.seconds) // timedelta(minutes=1) + 1
    summary = client.summary(story.store, start, start + timedelta(minutes=minutes))
    while summary is not None and tills.are_ahead_of(summary) and time.monotonic() < deadline:
        time.sleep(EVERY_S)
        summary = client.summary(story.store, start, start + timedelta(minutes=minutes))
    if summary is None:
        raise DemoUnanswered(client.address, f"it knows no store {story.store}")
    shelves = compare_shelves(ask_shelves(client, story.store, start), story.shelves, start, story.facing_names)
    return [*compare(summary, story.truth, start), *sales_lines(summary, story), *shelves]
