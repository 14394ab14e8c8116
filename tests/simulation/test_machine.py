"""The same world in Hypothesis's hands: it chooses what happens, and makes what breaks as short as it can."""

import random
from contextlib import ExitStack

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.simulation.points import Violation
from tests.simulation.world import World, simulated


class Happenings(RuleBasedStateMachine):
    """Everything that can happen to the projectors is a rule."""

    def __init__(self) -> None:
        super().__init__()
        self._stays = ExitStack()
        self._stays.enter_context(simulated())

    @initialize(seed=st.integers(0, 10_000))
    def begin(self, seed: int) -> None:
        self.world = World(random.Random(seed))  # noqa: S311  # the same chance for the same seed

    @rule(facts=st.integers(1, 5))
    def facts_come(self, facts: int) -> None:
        for _ in range(facts):
            self.world.append_fact()

    @rule(what=st.sampled_from(["resend", "append_rubbish", "lose_fact", "skip_offset"]))
    def something_odd_comes(self, what: str) -> None:
        getattr(self.world, what)()

    @rule(steps=st.integers(1, 40))
    def projectors_go_on(self, steps: int) -> None:
        for _ in range(steps):
            self._kept(self.world.step)

    @rule(what=st.sampled_from(["start", "kill", "cut", "divide"]))
    def something_goes_wrong(self, what: str) -> None:
        self._kept(getattr(self.world, what))

    def teardown(self) -> None:
        with self._stays:
            if hasattr(self, "world"):
                self._kept(self.world.calm_down)
                self.world.close()

    @staticmethod
    def _kept(happen: object) -> None:
        """Let it happen; a broken promise is an error that Hypothesis can shrink."""
        assert callable(happen)
        try:
            happen()
        except Violation as violation:
            raise AssertionError(str(violation)) from violation


TestWhateverHappensEveryRecordIsTakenOnceAndInOrder = Happenings.TestCase
TestWhateverHappensEveryRecordIsTakenOnceAndInOrder.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
