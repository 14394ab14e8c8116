"""What of a video was not there: a rest that is missing, and frames that are damaged."""

from fractions import Fraction

from vision_workers.cameras.decoding import Decoder

SLACK_S = Fraction(1)
"""By how much a video may end before its container says, rounding and sound included."""


def shortfall(decoder: Decoder, frames: int, end_s: Fraction) -> str | None:
    """Say what was missing when the frames ended, the last of them shown until `end_s`; None when all were there."""
    said = [_missing(decoder, frames, end_s), _damaged(decoder, end_s)]
    return "; ".join(each for each in said if each) or None


def _missing(decoder: Decoder, frames: int, end_s: Fraction) -> str | None:
    promised = decoder.stream.frames
    if promised:
        return f"the video can be read up to frame {frames} of {promised} only" if decoder.packets < promised else None
    whole_s = decoder.whole_s
    if whole_s is not None and decoder.origin_s + end_s + SLACK_S < whole_s:
        return f"the video can be read up to second {float(end_s):.1f} of {float(whole_s):.1f} only"
    return f"the video can be read up to frame {frames} only" if decoder.ended_by is not None else None


def _damaged(decoder: Decoder, end_s: Fraction) -> str | None:
    """Tell the damage, but for what lies at the cut of a video whose rest is missing."""
    cut = decoder.packets < decoder.stream.frames
    damaged = [each for each in decoder.damaged if not cut or each < end_s]
    if not damaged:
        return None
    what = "1 frame of the video is" if len(damaged) == 1 else f"{len(damaged)} frames of the video are"
    return f"{what} damaged, the first near second {float(damaged[0]):.0f}"
