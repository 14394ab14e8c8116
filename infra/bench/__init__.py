"""Benchmarks: ours beside its limit or its peers in one run, as ratios. `shopfloor bench` runs them."""
