"""Times of day as they are read."""

from datetime import datetime


def clock(moment: datetime) -> str:
    """Return a time of day; one that comes twice, when the clocks go back, has its offset to UTC."""
    first, second = moment.replace(fold=0).utcoffset(), moment.replace(fold=1).utcoffset()
    if first == second:
        return f"{moment:%H:%M}"
    offset = f"{moment:%z}"
    return f"{moment:%H:%M} (UTC{offset[:3]}:{offset[3:]})"
