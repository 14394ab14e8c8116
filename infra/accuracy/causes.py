"""Why a check fails, where somebody has looked: by its beginning and by whose answer it is."""

from infra.accuracy.checks import Check
from vision_workers.models import DEFAULT_MODEL

CAUSES = {
    ("people in worker-zone", DEFAULT_MODEL): (
        "the model sees somebody in two dark corners at the upper left edge in every frame, just above its threshold."
    ),
    ("people in store-aisle", DEFAULT_MODEL): (
        "people who overlap are found in turn and weakly, at 0.2 to 0.4 beside a threshold of 0.35; its model card "
        "measured a recall of 0.6 in this film."
    ),
    ("people in store-aisle", "person-detection-0200"): (
        "the model sees a person in the shelves on the right, with a confidence of up to 0.93 in most frames; it is "
        "tracked as what it is told to be."
    ),
    ("group-at-the-door: whole visits", DEFAULT_MODEL): (
        "while three hide one another the model sees a fourth between them, at 0.3 to 0.36 beside a threshold of 0.35. "
        "When the hindmost steps out, weakly found at first, their track stays with the fourth, and they get a new one."
    ),
    ("group-at-the-door: whole visits", "person-vehicle-bike-detection-2001"): (
        "one of three is hidden for a second and walks out a body's width from where they vanished, which begins a "
        "track, while the model sees the other two as one wide person, who goes on in place of the hidden one."
    ),
    ("whole visits", ""): (
        "two who stand beside or pass one another before a camera that sees them small change tracks, and two who come "
        "out of a blind spot within a second in clothes of one colour are taken for one another. Each such pair makes "
        "two visits that are not whole; the four cameras of the market see across the store, where this is commonest."
    ),
    ("six-at-the-fridge, 11: returns", ""): (
        "who fills up is told as who puts back, since no camera there knows visits; and who puts back stays before the "
        "facing, which is dated to when it is in sight again, more than three seconds later."
    ),
    ("six-at-the-fridge, 11: empty", ""): (
        "who takes the last piece stands before the facing for two seconds and more: the gap is dated to when it was "
        "in sight last, and is told so much too early."
    ),
    **{
        (f"{scenario}, {seed}: returns", ""): "who fills up is told as who puts back: no camera there knows visits."
        for scenario in ("in-a-hurry", "six-at-the-fridge")
        for seed in (11, 12, 13)
        if (scenario, seed) != ("six-at-the-fridge", 11)
    },
    ("stores whose median length", ""): "visits of two who were taken for one another are too long and too short.",
    ("mean IDF1", ""): "the same exchanges of visits.",
    ("dithering-at-the-line, 1: gate", ""): (
        "they turn back 20 cm behind the line, and the lower edge of a body seen from above lies up to 20 cm nearer to "
        "the camera: their foot point stands on the line, which is no crossing by the contract of the fact."
    ),
}
UNKNOWN = "not looked into yet."


def cause(check: Check) -> str:
    """Return the known cause of a failed check."""
    known = [why for (what, by), why in CAUSES.items() if check.what.startswith(what) and check.by == by]
    return known[0] if known else UNKNOWN
