import math
import re
import uuid
from pathlib import Path

import msgspec
import pytest

from event_store.envelope import Envelope
from event_store.errors import InvalidLayout, UnreadableLayout
from event_store.events.layouts import LayoutPublished
from event_store.layout.digest import layout_digest, published
from event_store.layout.reading import parse_layout, read_layout
from event_store.layout.room import MOST_BYTES
from event_store.serialization import encode
from event_store.topics import MAX_RECORD_BYTES
from tests.builders.watching import NOON

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "tests" / "layouts" / "example.toml"
SHOP = EXAMPLE.read_text(encoding="utf-8")


def problems_of(text: str) -> list[str]:
    """Return the problems of a layout as `line: what; cure`."""
    with pytest.raises(InvalidLayout) as refused:
        parse_layout(text.encode(), Path("shop.toml"))
    lines = str(refused.value).splitlines()
    return [line.removeprefix("shop.toml:") for line in lines if line.startswith("shop.toml:")]


def changed(old: str, new: str) -> str:
    assert old in SHOP
    return SHOP.replace(old, new, 1)


def line_of(fragment: str, text: str = SHOP) -> int:
    return text[: text.index(fragment)].count("\n") + 1


def test_a_good_layout_is_read() -> None:
    shop = read_layout(EXAMPLE)

    assert (shop.store.id, shop.store.time_zone) == ("ginza-3", "Asia/Tokyo")
    assert [camera.id for camera in shop.camera] == ["entrance", "aisle-1"]
    assert (shop.line[0].start, shop.line[0].end) == ((0.2, 0.5), (0.8, 0.5))
    assert shop.zone[0].view[0].camera == "entrance"
    assert shop.shelf[0].facing[0].slot == shop.shelf[0].label[0].slot == 1


DOOR = """
[[door]]
id = "second"
camera = "{camera}"
polygon = {polygon}
"""


@pytest.mark.parametrize(
    ("camera", "polygon", "told"),
    [
        ("entrance", "[[0.2, 0.0], [0.9, 0.0], [0.9, 0.9], [0.2, 0.9]]", ["the doors 'main' and 'second' overlap"]),
        ("aisle-1", "[[0.2, 0.0], [0.9, 0.0], [0.9, 0.9], [0.2, 0.9]]", []),
        ("entrance", "[[0.0, 0.0], [1.0, 0.0], [1.0, 0.01], [0.0, 0.01]]", []),
    ],
)
def test_doors_that_share_a_part_of_one_picture_are_told(camera: str, polygon: str, told: list[str]) -> None:
    document = EXAMPLE.read_bytes() + DOOR.format(camera=camera, polygon=polygon).encode()
    try:
        parse_layout(document, EXAMPLE)
        found = []
    except InvalidLayout as problem:
        found = [each.what for each in problem.problems]

    assert found == told


def test_the_small_store_of_the_documentation_is_a_good_layout() -> None:
    text = (ROOT / "docs" / "layout.md").read_text(encoding="utf-8")
    whole = [block for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL) if block.startswith("[store]")]

    assert [parse_layout(block.encode(), Path("docs")).store.id for block in whole] == ["corner"]


WRONG = {
    "an unknown key": (
        'currency = "JPY"',
        'curency = "JPY"',
        "unknown key 'curency' in store; did you mean 'currency'?",
    ),
    "an unknown table": ("[[door]]", "[[doors]]", "unknown key 'doors' in the file; did you mean 'door'?"),
    "a table that should be an array": ("[[line]]", "[line]", "[line] is one table; write [[line]], there may be"),
    "text for a number": ("min_dwell_s = 2.0", 'min_dwell_s = "2"', "zone[1].min_dwell_s is text, not a number"),
    "no frame at all": (
        "max_frames_per_second = 10",
        "max_frames_per_second = 0",
        "camera[2].max_frames_per_second is 0; write a number from 1 to 240",
    ),
    "a limit of frames in words": (
        "max_frames_per_second = 10",
        'max_frames_per_second = "ten"',
        "camera[2].max_frames_per_second is text, not a number; write max_frames_per_second = 10",
    ),
    "an unknown camera": ('camera = "entrance"', 'camera = "entrence"', "no camera is called 'entrence'; did you"),
    "an unknown fixture": ('fixture = "gondola-2"', 'fixture = "gondola-3"', "no fixture is called 'gondola-3'; did"),
    "a repeated id": ('id = "aisle-1"', 'id = "entrance"', "two cameras have the id 'entrance'; give each its own"),
    "an id with a space": ('id = "main"', 'id = "main door"', 'door[1].id is "main door"; use 1 to 64 letters'),
    "a polygon that crosses itself": (
        "[[0.1, 0.4], [0.6, 0.4], [0.6, 0.9], [0.1, 0.9]]",
        "[[0.1, 0.4], [0.6, 0.9], [0.6, 0.4], [0.1, 0.9]]",
        "the polygon crosses itself at its sides 1 and 3; list the corners in the order of a walk around it",
    ),
    "a polygon without an inside": (
        "[[0.1, 0.4], [0.6, 0.4], [0.6, 0.9], [0.1, 0.9]]",
        "[[0.1, 0.4], [0.6, 0.4], [0.3, 0.4]]",
        "the polygon encloses nothing",
    ),
    "a polygon of two points": (
        "[[0.1, 0.4], [0.6, 0.4], [0.6, 0.9], [0.1, 0.9]]",
        "[[0.1, 0.4], [0.6, 0.4]]",
        "zone[1].polygon has 2 points; at least 3 are needed",
    ),
    "pixels for fractions": ("from = [0.2, 0.5]", "from = [128, 0.5]", "128 is outside the picture; points are fract"),
    "a point before the picture": ("from = [0.2, 0.5]", "from = [-0.1, 0.5]", "-0.1 is outside the picture; points"),
    "no point at all": ("from = [0.2, 0.5]", "from = [0.2]", "line[1].from is [0.2], not a pair"),
    "a number that is none": ("height_m = 1.8", "height_m = nan", "nan is no place; write a number"),
    "two facings with one slot": (
        "[[shelf.label]]",
        "[[shelf.facing]]\nslot = 1\npolygon = [[0.0, 0.0], [0.1, 0.0], [0.1, 0.1]]\n[[shelf.label]]",
        "two facings have the slot 1; give each its own",
    ),
    "a label of no slot": ("[[shelf.label]]\nslot = 1", "[[shelf.label]]\nslot = 2", "no facing has the slot 2; known"),
    "three floor points": ("  [[0.3, 0.3], [0.0, 6.0]],\n", "", "camera[1].floor_points has 3 points; at least 4"),
    "floor points on a line": (
        "  [[0.7, 0.3], [4.0, 6.0]],\n  [[0.3, 0.3], [0.0, 6.0]],\n",
        "  [[0.5, 0.9], [4.0, 6.0]],\n  [[0.3, 0.9], [0.0, 6.0]],\n",
        "the picture points lie on a line or repeat; choose four points",
    ),
    "floor points mixed up": (
        "  [[0.7, 0.3], [4.0, 6.0]],\n  [[0.3, 0.3], [0.0, 6.0]],\n",
        "  [[0.7, 0.3], [0.0, 6.0]],\n  [[0.3, 0.3], [4.0, 6.0]],\n",
        "no view of a floor matches these points",
    ),
    "an unknown time zone": (
        '"Asia/Tokyo"',
        '"Asia/Tokio"',
        "no time zone is called 'Asia/Tokio'; did you mean 'Asia/T",
    ),
    "the time zone of whatever machine reads it": ('"Asia/Tokyo"', '"localtime"', "no time zone is called 'localtime'"),
    "a time zone that is a placeholder": ('"Asia/Tokyo"', '"Factory"', "no time zone is called 'Factory'"),
    "a character that no table takes": (
        'name = "Front"',
        'name = "Fro\\u0000nt"',
        "holds the character U+0000; leave it out",
    ),
    "a currency in words": ('currency = "JPY"', 'currency = "yen"', 'store.currency is "yen"; write currency = "NOK"'),
    "a line of no length": ("to = [0.8, 0.5]", "to = [0.2, 0.5]", "the line has no length; let `to` be the other end"),
    "an unknown side": ('inside = "right"', 'inside = "up"', 'line[1].inside is "up"; known: left, right'),
    "a zone without a place": (
        "floor_polygon = [[0.0, 0.0], [4.0, 0.0], [4.0, 3.0], [0.0, 3.0]]",
        "",
        "the zone has no place; give it a polygon with a camera, a floor_polygon or [[zone.view]]",
    ),
    "a zone in two ways": (
        'name = "Front"',
        'name = "Front"\ncamera = "entrance"\npolygon = [[0.0, 0.0], [0.1, 0.0], [0.1, 0.1]]',
        "the zone has a floor_polygon and a polygon; keep one of them",
    ),
    "a zone off the floor": ("[4.0, 3.0]", "[4.0, 9.0]", "[4, 9] is off the floor of 12 x 8 m; move the corner"),
    "a zone of no camera": ('kind = "aisle"\ncamera = "aisle-1"\n', "", "the polygon belongs to no camera; add camera"),
    "two views by one camera": (
        '[[zone.view]]\ncamera = "entrance"',
        '[[zone.view]]\ncamera = "aisle-1"',
        "two views by",
    ),
    "an unknown kind": ('kind = "aisle"', 'kind = "isle"', "zone[1].kind is \"isle\"; did you mean 'aisle'?"),
    "a missing key": ('time_zone = "Asia/Tokyo"\n', "", 'store has no time_zone; write time_zone = "Europe/Oslo"'),
    "an impossible hour": ("10:00-21:00", "10-21", "opening hours are '10-21'; write \"09:00-21:00\""),
    "an unknown day": ("{ mon =", "{ monday =", "unknown day 'monday'; did you mean 'mon'?"),
    "a moment without an offset": ("00:00:00+09:00", "00:00:00", "valid_from has no offset to UTC; write 2026"),
    "a price in words": ('price = "198"', 'price = "198 yen"', "price is '198 yen'; write digits and a point"),
    "a negative time": ("patience_s = 20.0", "patience_s = -1", "patience_s is -1; write a number from 0 to 86400"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_told_with_its_line_and_what_would_be_right(wrong: str) -> None:
    old, new, told = WRONG[wrong]

    problems = problems_of(changed(old, new))

    assert any(told in problem for problem in problems), problems
    number = int(next(problem for problem in problems if told in problem).split(":")[0])
    assert abs(number - line_of(old)) <= 5


def test_all_problems_are_told_at_once_from_top_to_bottom() -> None:
    broken = SHOP
    for wrong in ("an unknown time zone", "an unknown camera", "a line of no length", "a price in words"):
        old, new, _ = WRONG[wrong]
        broken = broken.replace(old, new, 1)

    problems = problems_of(broken)

    numbers = [int(problem.split(":")[0]) for problem in problems]
    assert len(problems) == 4, problems
    assert numbers == sorted(numbers)


def test_a_problem_deep_in_an_array_is_found_on_its_own_line() -> None:
    broken = changed("  [[0.7, 0.3], [4.0, 6.0]],", "  [[7.0, 0.3], [4.0, 6.0]],")

    (problem,) = [problem for problem in problems_of(broken) if "outside the picture" in problem]

    assert problem.startswith(f"{line_of('[[7.0, 0.3]', broken)}: camera[1].floor_points[3][1][1]: 7.0 is outside")


def test_a_file_that_is_no_toml_is_told_by_its_line() -> None:
    (problem,) = problems_of(changed("polygon = [[0.0, 0.8]", "polygon = [[0.0 0.8]"))

    assert re.match(rf"{line_of('polygon = [[0.0, 0.8]')}: no valid TOML: ", problem)


def test_a_file_that_ends_too_soon_is_told_at_its_end() -> None:
    (problem,) = problems_of('[store]\nid = "a')

    assert problem.startswith("2: no valid TOML")


def test_a_file_that_is_no_text_is_told_by_its_line() -> None:
    with pytest.raises(InvalidLayout, match=r"shop.toml:2: the file is no UTF-8 text; save it as"):
        parse_layout(b"[store]\nname = '\xe5'", Path("shop.toml"))


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    windows = b"\xef\xbb\xbf" + SHOP.replace("\n", "\r\n").encode()

    assert parse_layout(windows, Path("shop.toml")) == read_layout(EXAMPLE)


def test_a_windows_file_counts_its_lines_the_same() -> None:
    old, new, told = WRONG["an unknown side"]

    (problem,) = problems_of(changed(old, new).replace("\n", "\r\n"))

    assert told in problem
    assert problem.startswith(f"{line_of(old)}:")


def test_a_file_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UnreadableLayout, match=r"cannot read the layout .*none.toml: No such file"):
        read_layout(tmp_path / "none.toml")


def test_an_empty_file_lacks_a_store_and_a_camera() -> None:
    assert [problem.split(";")[0] for problem in problems_of("")] == [
        "1: the file has no store",
        "1: the file has no camera",
    ]


CORNERS = "[[0.1, 0.4], [0.6, 0.4], [0.6, 0.9], [0.1, 0.9]]"
RINGS = {
    "a closed ring": "[[0.1, 0.4], [0.6, 0.4], [0.6, 0.9], [0.1, 0.9], [0.1, 0.4]]",
    "a ring that is closed twice": "[[0.1, 0.4], [0.6, 0.4], [0.6, 0.9], [0.1, 0.9], [0.1, 0.4], [0.1, 0.4]]",
    "a corner that was clicked twice": "[[0.1, 0.4], [0.6, 0.4], [0.6, 0.4], [0.6, 0.9], [0.1, 0.9]]",
}


@pytest.mark.parametrize("ring", RINGS)
def test_a_corner_that_is_repeated_is_left_out(ring: str) -> None:
    repeated = parse_layout(changed(CORNERS, RINGS[ring]).encode(), EXAMPLE)

    assert repeated == read_layout(EXAMPLE)


def test_a_ring_on_the_floor_may_be_closed_too() -> None:
    closed = changed("[[0.0, 0.0], [4.0, 0.0], [4.0, 3.0], [0.0, 3.0]]", "[[0, 0], [4, 0], [4, 3], [0, 3], [0, 0]]")

    assert parse_layout(closed.encode(), EXAMPLE) == read_layout(EXAMPLE)


def test_a_ring_of_two_different_corners_encloses_nothing() -> None:
    (problem,) = problems_of(changed(CORNERS, "[[0.1, 0.4], [0.6, 0.4], [0.1, 0.4]]"))

    assert "at least 3 are needed" in problem


def products(number: int) -> str:
    return "".join(
        f'[[product]]\nsku = "{n:013}"\nname = "Milk, whole, {n} l, of the valley"\ngtin = "{n:014}"\n'
        for n in range(number)
    )


def test_a_layout_that_is_larger_than_a_fact_is_told_before_anything_runs() -> None:
    parse_layout((SHOP + products(300)).encode(), Path("shop.toml"))

    (problem,) = problems_of(SHOP + products(700))

    assert re.match(
        r"\d+: the layout has \d\d,\d{3} bytes, and the record takes 58,000 of it: its 701 tables \[\[product\]\] take "
        r"\d\d,\d{3}; leave out the products that no facing names",
        problem,
    )


def test_polygons_of_too_many_corners_are_told_with_what_to_leave_out() -> None:
    turns = [n / 50 * math.pi for n in range(100)]
    ring = [[0.5 + 0.123456789 * math.cos(turn), 0.5 + 0.123456789 * math.sin(turn)] for turn in turns]
    zones = "".join(f'[[zone]]\nid = "z{n}"\nname = "z"\ncamera = "aisle-1"\npolygon = {ring}\n' for n in range(43))

    (problem,) = problems_of(SHOP + zones)

    assert "tables [[zone]] take" in problem
    assert problem.endswith("give its polygons fewer corners, with three digits after the point")


def test_whatever_a_layout_may_say_fits_into_a_record() -> None:
    layout = parse_layout((SHOP + products(450)).encode(), Path("shop.toml"))
    longest = "x" * 64
    store = msgspec.structs.replace(layout.store, organisation=longest, id=longest, plan_picture="")
    layout = msgspec.structs.replace(layout, store=store)
    padding = MOST_BYTES - len(msgspec.json.encode(published(layout)))
    assert padding > 0
    layout = msgspec.structs.replace(layout, store=msgspec.structs.replace(store, plan_picture="x" * padding))
    event = LayoutPublished(time=NOON, layout=published(layout), layout_digest=layout_digest(layout), valid_from=NOON)

    fact = Envelope(
        id=str(uuid.uuid4()),
        source=f"/{longest}/{longest}/layout/{longest}",
        sequence=2**63 - 1,
        organisation=longest,
        store=longest,
        actor=f"worker/{longest}",
        event=event,
        correlationid=str(uuid.uuid4()),
        traceparent="00-" + "0" * 52,
    )

    assert MOST_BYTES < len(encode(fact)) <= MAX_RECORD_BYTES
