"""What words claim, by language, and whether the figures bear it out."""

import re
from collections.abc import Callable, Mapping, Sequence

from infra.report_gate.reading import WATCHED, Reading

Holds = Callable[[Reading], bool]


def _more_came(read: Reading) -> bool:
    before = read.told.before
    return before is not None and read.told.now.entered > before.entered


def _fewer_came(read: Reading) -> bool:
    before = read.told.before
    return before is not None and read.told.now.entered < before.entered


def _as_many_came(read: Reading) -> bool:
    before = read.told.before
    return before is not None and read.told.now.entered == before.entered


def _gained_most(read: Reading) -> bool:
    most = max(read.gain(zone) for zone in read.told.now.zones)
    return most > 0 and any(read.gain(zone) == most for zone in read.zones)


def _lost_most(read: Reading) -> bool:
    most = min(read.gain(zone) for zone in read.told.now.zones)
    return most < 0 and any(read.gain(zone) == most for zone in read.zones)


def _has_most(read: Reading) -> bool:
    zones = read.told.now.zones
    most = max(zone.visitors for zone in zones)
    all_watched = all(read.share_of(read.told, zone) >= WATCHED for zone in zones)
    return most > 0 and all_watched and any(zone.visitors == most for zone in read.zones)


def _seen_most(read: Reading) -> bool:
    return [zone.visitors for zone in read.zones] == [max(zone.visitors for zone in read.told.now.zones)]


def _has_fewest(read: Reading) -> bool:
    fewest = min(zone.visitors for zone in read.told.now.zones)
    return fewest > 0 and any(zone.visitors == fewest for zone in read.zones)


def _held_longest(read: Reading) -> bool:
    longest = max(zone.median_ms or 0 for zone in read.told.now.zones)
    shown_to = 60_000 if longest >= 599_500 else 1_000  # noqa: PLR2004  # to the minute from ten minutes on
    return any(longest - (zone.median_ms or 0) <= shown_to for zone in read.zones)


def _is_empty(read: Reading) -> bool:
    zones = read.zones or read.told.now.zones
    return all(zone.visitors == 0 and read.share_of(read.told, zone) >= WATCHED for zone in zones)


def _is_unknown(read: Reading) -> bool:
    blind = all(zone.visitors == 0 and read.share_of(read.told, zone) == 0 for zone in read.zones)
    nobody_saw = read.told.now.entered == 0 and read.doors_watched == 0
    return blind if read.zones else nobody_saw or not any(read.told.now.watched.values())


def _nobody_came(read: Reading) -> bool:
    return read.told.now.entered == 0


def _visits_longer(read: Reading) -> bool:
    now, before = _medians(read)
    return now > before > 0


def _visits_shorter(read: Reading) -> bool:
    now, before = _medians(read)
    return 0 < now < before


def _medians(read: Reading) -> tuple[float, float]:
    before = read.told.before
    return read.told.now.lengths.median_ms or 0, 0 if before is None else before.lengths.median_ms or 0


def _whole(read: Reading) -> bool:
    return all(share >= WATCHED for share in read.told.now.watched.values())


def _partly(read: Reading) -> bool:
    return any(0 < share < WATCHED for share in read.camera_shares)


def _dark(read: Reading) -> bool:
    return any(share == 0 for share in read.camera_shares)


def _peak(read: Reading) -> bool:
    """Hold where the largest number of a part of the period is told, with when that part began."""
    known, most = read.told.now.known, max(each.entered for each in read.told.now.passages)
    starts = [each.start.astimezone(known.zone) for each in read.told.now.passages if each.entered == most]
    clock = re.search(r"\d\d:\d\d", read.words)
    told = clock is None or any(f"{start:%H:%M}" in read.words for start in starts)
    return read.says(most) and told


def _fullest(read: Reading) -> bool:
    return read.says(max(each.peak or 0 for each in read.told.now.inside))


def _mostly_inward(read: Reading) -> bool:
    return all(line.inward > line.outward for line in read.lines)


def _mostly_outward(read: Reading) -> bool:
    return all(line.inward < line.outward for line in read.lines)


def _both_ways(read: Reading) -> bool:
    return all(line.inward == line.outward for line in read.lines)


def _uncrossed(read: Reading) -> bool:
    return all(line.inward == line.outward == 0 for line in read.lines)


def _is_first(read: Reading) -> bool:
    return read.told.is_first


def _is_not_first(read: Reading) -> bool:
    return not read.told.is_first


def _certain(read: Reading) -> bool:
    return read.doors_watched >= WATCHED


_UP = (
    r"rose|grew|climbed|increased|went up|was up|up from|an increase from|a rise from|higher than|up on|more than|above"
)
_DOWN = r"fell|dropped|declined|decreased|went down|was down|down from|a decrease from|a drop from|lower|down on|fewer|below"
_STAYS = r"\b(visit|visits|people stayed|in the store for)\b"
"""Sentences about how long visits lasted, which have claims of their own."""
_MOST = (
    r"^(?!.*(seen in|saw|was watched)).*(busiest zone|most visited|busiest part|top zone|(drew|had|attracted) the most "
    r"visitors|equally busy|top place|led both|most visitors (stayed|went|were))"
)
_ENGLISH: Sequence[tuple[str, Holds]] = (
    (rf"^(?!.*( x |more than once|figures above|{_STAYS})).*\b({_UP})\b", _more_came),
    (rf"^(?!.*( x |fewest|{_STAYS})).*\b({_DOWN})\b", _fewer_came),
    (rf"^(?!.*{_STAYS}).*(as many as|same number|unchanged|stayed the same|did not change|level|the same as)", _as_many_came),
    (r"gained the most|grew the most|rose the most|largest increase|biggest rise|strongest growth", _gained_most),
    (r"lost the most|fell the most|declined the most|largest decrease|biggest drop|strongest decline", _lost_most),
    (_MOST, _has_most),
    (r"cameras saw|visitors seen in|as was watched", _seen_most),
    (r"quietest zone|least visited|calmest zone|fewest visitors (stayed|went|were)|(drew|had|attracted) the fewest",
     _has_fewest),
    (r"longest", _held_longest),
    (r"lasted longer|were longer|stayed longer|became longer|grew longer|was longer|longer than", _visits_longer),
    (r"less long|shorter", _visits_shorter),
    (r"nobody (stayed|lingered|stopped)|no visitors|without any visitors|empty", _is_empty),
    (r"not known", _is_unknown),
    (r"nobody (came|entered|walked|visited|was)", _nobody_came),
    (r"^(?!.*(not|partial|only|doors)).*watch(ed|ing) (the whole time|all the time|throughout|without|from)", _whole),
    (r"full coverage|coverage was (complete|full)|no gap in coverage|nothing was missed", _whole),
    (r"not all|did not watch (the whole|all the|throughout)|gaps|(part|some) of the time (was|only)|not complete|partial", _partly),
    (r"stayed dark|delivered no pictures|at no time|did not watch at all|no pictures", _dark),
    (r"(traffic|footfall) (peaked|reached its|was highest|was at its peak)|busiest (time|day)|busiest at the|the peak",
     _peak),
    (r"fullest|at most|occupancy was greatest|maximum", _fullest),
    (r"inward than outward", _mostly_inward),
    (r"outward than inward", _mostly_outward),
    (r"both ways|one way as", _both_ways),
    (r"nobody crossed|not crossed|never crossed|no crossings", _uncrossed),
    (r"cannot be compared|not comparable|comparison is", _is_not_first),
    (r"earlier figure(?!s)|nothing earlier|first figure", _is_first),
    (r"^(?!.*(at least|not known|nobody)).*(came in|entered|walked in|came through)", _certain),
)  # fmt: skip
_JAPANESE: Sequence[tuple[str, Holds]] = (
    (r"^(?!.* x ).*(増え|増加|多くなりました|増となり|多い数字|伸びました)", _more_came),
    (r"^(?!.* x ).*(減り|減少|少なくなりました|減となり|減って|少ない数字|落ちました)", _fewer_came),
    (r"^(?!.*(滞在|両方)).*(同じです|同数です。|変わりません|変わりませんでした|変わっていません|増減)", _as_many_came),
    (r"最も伸びた|の伸びが最も|増加が最も", _gained_most),
    (r"最も減った|落ち込みが最も|減少が最も", _lost_most),
    (r"^(?!.*見た限り).*(最も賑わ|最も人が集ま|最も多くの人が|訪問者が最も多|首位)", _has_most),
    (r"見た限り", _seen_most),
    (r"最も静かだったゾーン|訪問者が最も少な|最も人が少な|が最も静かで", _has_fewest),
    (r"滞在が最も長|滞在も最も長|最も長く", _held_longest),
    (r"より長く|に延び|に長く|長いもの", _visits_longer),
    (r"より短く|に縮ま|に短く|短いもの", _visits_shorter),
    (r"誰も(立ち寄|来|とどま)|一人も|訪問者がなかった", _is_empty),
    (r"不明|分かりません|分からない", _is_unknown),
    (r"(来店者は|来店者数は)0人", _nobody_came),
    (r"すべての時間を見ていました|休みなく|最初から最後|切れ目なく|抜けはなく|見落としの時間はなく", _whole),
    (r"一部の時間しか|すべての時間を見ていたわけでは|見ていない時間", _partly),
    (r"映像を届け|止まっていた|止まっていました", _dark),
    (r"最も混んだのは|ピーク|来店が最も多|最も来店が多|来店の山", _peak),
    (r"^(?!.*店内では).*(店内が最も混み|最大で|店内.*(最大の|最も多く))", _fullest),
    (r"内向きの方が", _mostly_inward),
    (r"外向きの方が", _mostly_outward),
    (r"両方向", _both_ways),
    (r"通りませんでした|通った人はいま", _uncrossed),
    (r"比べられません|比較はできません", _is_not_first),
    (r"以前の記録|最初の記録", _is_first),
    (r"^(?!.*(少なくとも|不明|0人)).*(来店者は|来店者数は)", _certain),
)  # fmt: skip
CLAIMS: Mapping[str, Sequence[tuple[re.Pattern[str], Holds]]] = {
    language: [(re.compile(words), holds) for words, holds in table]
    for language, table in (("en", _ENGLISH), ("ja", _JAPANESE))
}
