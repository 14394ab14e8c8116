"""What is wrong with rules of a layout."""

from pathlib import Path

import pytest

from event_store.errors import InvalidLayout
from event_store.layout.reading import parse_layout

STORE = """
[store]
id = "corner"
name = "Corner"
time_zone = "Europe/Oslo"
[[camera]]
id = "entrance"
source = "a.mp4"
[[zone]]
id = "dairy"
name = "Dairy"
camera = "entrance"
polygon = [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5]]
[[zone]]
id = "till"
name = "Till"
kind = "checkout"
camera = "entrance"
polygon = [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5]]
[[rule]]
id = "rule"
"""


def problem(rule: str) -> str:
    with pytest.raises(InvalidLayout) as refused:
        parse_layout((STORE + rule).encode(), Path("shop.toml"))
    return str(refused.value)


@pytest.mark.parametrize(
    "rule",
    [
        'kind = "loitering"\nlonger_than_s = 60.0\nzone = "dairy"',
        'kind = "crowding"\nmore_than = 5\npatience_s = 30.0\nseverity = "critical"',
        'kind = "queue"\nmore_than = 3',
        'kind = "restricted"\nzone = "dairy"',
        'kind = "covered"\ncamera = "entrance"',
    ],
)
def test_a_rule_that_can_hold_is_taken(rule: str) -> None:
    assert parse_layout((STORE + rule).encode(), Path("shop.toml")).rule[0].id == "rule"


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('kind = "loitering"', "needs longer_than_s; add longer_than_s = 60.0"),
        ('kind = "crowding"\nmore_than = 5\nlonger_than_s = 3.0', "takes no longer_than_s"),
        ('kind = "queue"\nmore_than = 3\nzone = "dairy"', "the zone 'dairy' has no line"),
        ('kind = "restricted"', "no zone of the kind 'restricted'"),
        ('kind = "closed"', "nobody says when the store is closed"),
        ('kind = "covered"\ncamera = "entrence"', "no camera is called 'entrence'"),
        ('kind = "loitering"\nlonger_than_s = 60.0\nzone = "diary"', "no zone is called 'diary'"),
        ('kind = "running"', "running"),
        ('kind = "loitering"\nlonger_than_s = 0.0', "longer_than_s"),
        ('kind = "covered"\n[[rule]]\nid = "rule"\nkind = "covered"', "two rules have the id 'rule'"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused_with_what_would_be_right(rule: str, said: str) -> None:
    assert said in problem(rule)
