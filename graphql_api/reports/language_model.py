"""The language model: a network run by OpenVINO, with its tokens in Hugging Face's layout.

The only module of the API that loads OpenVINO, numpy and transformers, and only once a report is written.
"""

import os
import re
import threading
from collections.abc import Collection, Sequence
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from graphql_api.reports.claims import Slot
from graphql_api.reports.errors import UnusableWriter
from graphql_api.reports.vocabulary import BEGIN, END, SENTENCE, WRITE
from graphql_api.reports.writer_folder import WriterFolder

TEMPERATURE = 0.7
LIKELY = 0.95
"""Of the next tokens, the likeliest that come to this share together may be chosen."""
MOST_TOKENS = 64
"""A sentence that is longer is given up."""
_NEVER = re.compile(r"[0-9<>{}\n]")
"""What no sentence holds outside its slots: figures come from facts alone."""


class Wish(msgspec.Struct, frozen=True):
    """What the next sentence may be."""

    slots: Sequence[Slot]
    """All slots of the report, in an order of their own."""
    open: Collection[Slot]
    """Those that may be used now."""
    may_end: bool
    """Whether the report may end here."""


class LanguageModel:
    """Proposes sentences; one thread at a time has its turn."""

    def __init__(self, folder: WriterFolder) -> None:
        """Load the network and its tokens; raises `UnusableWriter`."""
        self.folder = folder
        self._turn = threading.Lock()
        try:
            self._request, self._tokens = _load(folder.path)
        except Exception as problem:  # whatever the two libraries raise for files that are none
            raise UnusableWriter(folder.path, " ".join(str(problem).split())[:200]) from problem
        self._fed: list[int] = []
        self._text = self._text_tokens()
        self.proposed_tokens = 0

    def propose(self, wish: Wish, written: Sequence[str], random: Random) -> str | None:
        """Return the next sentence, slots as they are written in the vocabulary; None where the report ends.

        `written` are the sentences before it, as they were proposed.
        """
        told = BEGIN + "".join(slot.token for slot in wish.slots) + WRITE
        told += "".join(f"{sentence}{SENTENCE}" for sentence in written)
        with self._turn:
            return self._continue(self._encoded(told), wish, random)

    def _continue(self, told: list[int], wish: Wish, random: Random) -> str | None:
        sentence_id, end_id = self._id(SENTENCE), self._id(END)
        allowed = [*self._text, *(self._id(slot.token) for slot in wish.open)]
        chosen: list[int] = []
        while len(chosen) < MOST_TOKENS:
            logits = self._next(told + chosen)
            ends = [sentence_id] if chosen else [end_id] if wish.may_end else []
            token = _choose(logits, allowed + ends, random)
            self.proposed_tokens += 1
            if token in {sentence_id, end_id}:
                break
            chosen.append(token)
        return str(self._tokens.decode(chosen)) if chosen else None

    def _next(self, tokens: list[int]) -> Any:
        """Return the network's opinion of the next token; what it has read of these is in its state."""
        import numpy as np  # noqa: PLC0415  # only once a report is written

        known = len(self._fed)
        if tokens[:known] != self._fed or known >= len(tokens):
            self._request.reset_state()
            known = 0
        new = np.array([tokens[known:]], np.int64)
        answer = self._request.infer(
            {
                "input_ids": new,
                "attention_mask": np.ones((1, len(tokens)), np.int64),
                "position_ids": np.arange(known, len(tokens))[None],
                "beam_idx": np.zeros(1, np.int32),
            }
        )
        self._fed = list(tokens)
        return answer["logits"][0, -1]

    def _encoded(self, text: str) -> list[int]:
        return list(self._tokens(text, add_special_tokens=False)["input_ids"])

    def _id(self, token: str) -> int:
        return int(self._tokens.convert_tokens_to_ids(token))

    def _text_tokens(self) -> list[int]:
        """Return the tokens of plain words."""
        special = set(self._tokens.all_special_ids) | set(self._tokens.get_added_vocab().values())
        return [
            token
            for token in range(len(self._tokens))
            if token not in special and not _NEVER.search(self._tokens.decode([token]))
        ]


def _load(folder: Path) -> tuple[Any, Any]:
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")  # that there is no torch is no news
    import openvino  # noqa: PLC0415  # only once a report is written
    from transformers import AutoTokenizer  # noqa: PLC0415  # the same

    settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": "1", "PERFORMANCE_HINT": "LATENCY"}
    network = openvino.Core().compile_model(folder / "openvino_model.xml", "CPU", settings)
    tokens = AutoTokenizer.from_pretrained(str(folder))
    return network.create_infer_request(), tokens


def _choose(logits: Any, allowed: list[int], random: Random) -> int:
    """Choose by chance among the likeliest of the allowed tokens."""
    import numpy as np  # noqa: PLC0415  # only once a report is written

    scores = logits[allowed].astype(np.float64) / TEMPERATURE
    order = np.argsort(-scores, kind="stable")
    shares = np.exp(scores[order] - scores[order[0]])
    shares /= shares.sum()
    likely = int(np.searchsorted(np.cumsum(shares), LIKELY)) + 1
    kept = shares[:likely] / shares[:likely].sum()
    point = random.random()
    return allowed[int(order[min(int(np.searchsorted(np.cumsum(kept), point)), likely - 1)])]
