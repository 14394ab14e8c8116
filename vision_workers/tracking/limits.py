"""When a detection continues a track; in seconds and shares of the person's own box, never in pixels."""

import msgspec


class TrackingLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The tracker's limits; docs/decisions/0004-tracking.md has the measurements behind them."""

    confirm_hits: int = 3
    """Detections before a track is believed; what flickers for one or two frames never is."""
    tentative_s: float = 0.3
    """An unconfirmed track that is missed for longer is dropped …"""
    tentative_missed: int = 1
    """… if it was missed in more frames than this: at two or three a second the next one comes later."""
    lost_s: float = 2.0
    """A confirmed track that is missed for longer is given up: longer than one person takes to pass another."""
    lost_frames: int = 2
    """A camera that usually sends a frame every few seconds is waited for so many of its frames, if longer."""
    near_overlap: float = 0.3
    """Intersection over union with the box expected now, for somebody who is where they should be."""
    hidden_worth_per_s: float = 0.5
    """How much less that overlap counts for each second unseen, of one at most: where two claims are near equal, who
    is in sight is in front of who is not."""
    far_overlap: float = 0.2
    """The same with both boxes grown, for somebody who is not."""
    margin_per_s: float = 0.5
    """How much they are grown for each second unseen, in box sizes on every side: slower than a walk, since the motion
    is known."""
    new_margin_per_s: float = 1.5
    """The same for a track of which the motion is not known yet: a brisk walk."""
    widest_margin: float = 0.6
    weak_worth: float = 0.6
    """What a detection below the model's threshold counts beside a strong one; so it needs an overlap of a half."""
    clothes_worth: float = 0.6
    """How much less an overlap counts for somebody in other clothes, who is where they should be."""
    weak_s: float = 1.0
    """Longer than this, weak detections alone do not keep a track: a ghost in the furniture has nothing else."""
    least_height_ratio: float = 0.5
    """Of the smaller and the larger box, from one sight of a confirmed track to the next; an arm that reaches out
    doubles the width of a box, but hardly anything changes its height at once."""
    least_size_ratio: float = 0.25
    """The same of the boxes' areas."""
