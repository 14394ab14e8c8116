"""Hands at facings: when they reach in, how far they are stretched, and what they do there."""

import numpy as np

from vision_workers.simulator.stocks import Stock
from vision_workers.simulator.walkers import Leg, Walker

REACH_S = 1.4
"""From hanging down to the facing and back."""
TINY_S = 1e-6
FIRST_S = 1.0
"""Who restocks begins so long after they came."""


def reaches(leg: Leg) -> list[float]:
    """Return the moments of a stay at which a hand is in the facing."""
    if leg.deed == "restock":
        return [float(at) for at in np.arange(FIRST_S, leg.stay_s - REACH_S / 2, REACH_S)]
    return [leg.stay_s / 2] if leg.deed else []


def handle(walker: Walker, leg: Leg, stock: Stock, time_s: float, step_s: float) -> None:
    """Move the hand of somebody at a facing on by a step, and do there what they came for."""
    walker.reach_m, walker.action = None, "stand" if walker.stayed_s < leg.stay_s / 2 else "browse"
    for at_s in reaches(leg):
        away = walker.stayed_s - at_s
        if abs(away) < REACH_S / 2 and leg.facing is not None:
            walker.action, walker.reach_m = "reach", leg.facing.reach_m
            walker.stretch = float(np.cos(np.pi * away / REACH_S))
        if walker.stayed_s - step_s < at_s - TINY_S <= walker.stayed_s:
            _do(walker.number, leg, stock, time_s)


def _do(shopper: int, leg: Leg, stock: Stock, time_s: float) -> None:
    deeds = {"take": stock.pick, "return": stock.put_back, "restock": stock.refill, "touch": stock.touch}
    if leg.facing is not None and leg.deed is not None:
        deeds[leg.deed](time_s, shopper, leg.facing.key)
