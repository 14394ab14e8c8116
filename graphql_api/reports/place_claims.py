"""What lines and cameras say, and what the report is about."""

from collections.abc import Iterator

from graphql_api.reports.fact_sheet import Claim, Fact
from graphql_api.reports.places_watched import is_blind, is_whole
from graphql_api.reports.told import MOST_NAMED, Told, named
from graphql_api.reports.values import AllCameras, Count, Names, On, Until, Value, Watched


def subject_claims(told: Told) -> Iterator[Claim]:
    """Yield what the report is about."""
    known = told.now.known
    yield Claim(name="store", values={"name": Names([told.layout.store.name])}, facts=[])
    yield Claim(name="period", values={"on": On(known.dates)}, facts=[])
    if not known.is_over:
        until = Until(known.end.astimezone(known.zone), known.dates.length)
        fact = Fact(
            subject="store", measure="known until", value=known.end.isoformat(), unit="moment", coverage=None,
            query=f"find_cameras(store={told.store.organisation}/{told.store.store})",
        )  # fmt: skip
        yield Claim(name="running", values={"until": until}, facts=[fact])


def line_claims(told: Told) -> Iterator[Claim]:
    """Yield what can be said of the line that was crossed most, if it was watched all the time."""
    watched = [line for line in told.now.lines if is_whole(told.coverage.of_line(line.line_id))]
    if not watched:
        return
    line = max(watched, key=lambda each: each.inward + each.outward)
    share, subject = told.coverage.of_line(line.line_id), f"line/{line.line_id}"
    facts = [
        told.fact("find_crossings", subject, "inward", line.inward, "crossings", share),
        told.fact("find_crossings", subject, "outward", line.outward, "crossings", share),
    ]
    name = Names([line.name])
    if line.inward + line.outward == 0:
        yield Claim(name="line_zero", values={"line": name}, facts=facts)
        return
    values: dict[str, Value] = {
        "line": name,
        "inward": Count(line.inward, "inward"),
        "outward": Count(line.outward, "outward"),
    }
    way = "even" if line.inward == line.outward else "in" if line.inward > line.outward else "out"
    yield Claim(name=f"line_{way}", values=values, facts=facts)


def camera_claims(told: Told) -> Iterator[Claim]:
    """Yield how much of the time the cameras watched."""
    shares = {camera.id: told.now.watched.get(camera.id, 0.0) for camera in told.layout.camera}
    names = {camera.id: camera.name or camera.id for camera in told.layout.camera}
    facts = {
        camera: told.fact("find_watched", f"camera/{camera}", "watched", round(share, 4), "share", share)
        for camera, share in shares.items()
    }
    dark = [camera for camera, share in shares.items() if is_blind(share)]
    if len(dark) == len(shares) and not told.heard_of:
        unknown = [told.fact("find_watched", f"camera/{camera}", "watched", None, "share", None) for camera in shares]
        yield Claim(name="cams_unknown", values={"n": "unknown"}, facts=unknown)
        return
    partial = [camera for camera, share in shares.items() if not is_blind(share) and not is_whole(share)]
    if partial:
        partial.sort(key=lambda camera: shares[camera])
        cut = partial if len(partial) <= MOST_NAMED + 1 else partial[:MOST_NAMED]
        # not rounded up: a camera that missed something never reads as 100 %
        shown = Watched([(names[each], int(100 * shares[each])) for each in cut], len(partial) - len(cut))
        yield Claim(name="cams_part", values={"list": shown}, facts=[facts[camera] for camera in partial])
    if dark:
        told_names, more = named([names[camera] for camera in dark])
        yield Claim(name="cams_dark", values={"list": Names(told_names, more)}, facts=[facts[each] for each in dark])
    if not partial and not dark:
        yield Claim(name="cams_all", values={"n": AllCameras(len(shares))}, facts=list(facts.values()))
