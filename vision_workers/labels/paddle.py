"""PP-OCR on OpenVINO, by the models in the wheel of `rapidocr`."""

import functools
from collections.abc import Sequence
from typing import Any

from vision_workers.frames import Picture
from vision_workers.labels.reader import TextLine


class PaddleReader:
    """Reads with PP-OCR, without the network that turns lines: labels are not upside down."""

    name = "pp-ocr"

    def __init__(self) -> None:
        from rapidocr import EngineType, RapidOCR  # noqa: PLC0415  # loads its networks' libraries

        self._engine: Any = RapidOCR(
            params={
                "Det.engine_type": EngineType.OPENVINO,
                "Rec.engine_type": EngineType.OPENVINO,
                "EngineConfig.openvino.inference_num_threads": 1,
                "Global.use_cls": False,
                "Global.log_level": "critical",
            }
        )

    def read(self, picture: Picture) -> Sequence[TextLine]:
        """Return the lines of a picture."""
        found = self._engine(picture, use_det=True, use_cls=False)  # the engine remembers what it was told before
        if found.txts is None:
            return []
        return [_line(text, score, box) for text, score, box in zip(found.txts, found.scores, found.boxes, strict=True)]

    def read_line(self, picture: Picture) -> TextLine | None:
        """Return the one line that a picture is."""
        found = self._engine(picture, use_det=False, use_cls=False)
        if not found.txts:
            return None
        height, width = picture.shape[:2]
        corners = [(0, 0), (width, 0), (width, height), (0, height)]
        return _line(found.txts[0], found.scores[0], corners)


@functools.cache
def paddle_reader() -> PaddleReader:
    """Return the one reader of this process: its networks are loaded once, however many cameras use it."""
    return PaddleReader()


def _line(text: str, score: Any, corners: Any) -> TextLine:
    across, down = [float(x) for x, _ in corners], [float(y) for _, y in corners]
    return TextLine(
        text=text, confidence=float(score), left=min(across), top=min(down), right=max(across), bottom=max(down)
    )
