"""A small store in three dimensions: what happens in it, what its cameras see, and the truth about both."""

from vision_workers.simulator.simulation import Simulation, simulate

__all__ = ["Simulation", "simulate"]
