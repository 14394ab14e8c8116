"""What can go wrong with the demo.

InfraError
└── DemoError
    ├── DemoIncomplete   clips, layout or truth are missing
    ├── DemoUnanswered   the API does not answer
    └── DemoFailed       an answer is off by more than its tolerance
"""

from collections.abc import Sequence
from pathlib import Path

from infra.errors import InfraError


class DemoError(InfraError):
    """Something with the demo."""


class DemoIncomplete(DemoError):
    """Clips, layout or truth are missing."""

    exit_status = 2

    def __init__(self, folder: Path) -> None:
        super().__init__(f"the demo's files are not in {folder}; get them again with `git checkout -- {folder}`")


class DemoUnanswered(DemoError):
    """The API does not answer."""

    def __init__(self, address: str, why: str) -> None:
        super().__init__(f"{address} does not answer: {' '.join(why.split())}; see the logs in the data folder")


class DemoFailed(DemoError):
    """An answer is off by more than its tolerance."""

    def __init__(self, wrong: Sequence[str]) -> None:
        super().__init__(f"the answers differ from the truth by more than the tolerance: {', '.join(wrong)}")
