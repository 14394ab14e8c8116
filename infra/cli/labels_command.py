"""`shopfloor labels`: what price labels in pictures say."""

import sys
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer


class Readers(Enum):
    """What may read."""

    PP_OCR = "pp-ocr"
    TESSERACT = "tesseract"


def labels(
    images: Annotated[list[str], typer.Argument(metavar="IMAGE…", help="Pictures, each of one label.")],
    locale: Annotated[str, typer.Option("--locale", help="How prices are written: ja_JP, nb_NO, en_GB, en_US.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    reader: Annotated[Readers, typer.Option("--reader", help="What reads them.")] = Readers.PP_OCR,
) -> None:
    """Read the price, the unit price and the text of labels, one line for each picture.

    `shopfloor labels label.jpg --locale ja_JP --json`

    A price that cannot be read for sure is null. A picture that cannot be opened has an error; status 1 at the end.
    """
    import cv2
    import msgspec
    import numpy as np

    from vision_workers.detectors.labels import read_safely
    from vision_workers.labels import find_locale
    from vision_workers.labels.paddle import PaddleReader
    from vision_workers.labels.tesseract import TesseractReader

    known = find_locale(locale)
    reads = PaddleReader() if reader is Readers.PP_OCR else TesseractReader(known)
    failed = False
    for image in images:
        picture = cv2.imread(image, cv2.IMREAD_COLOR) if Path(image).is_file() else None
        row: dict[str, Any] = {"file": image}
        if picture is None:
            row |= dict.fromkeys(("price", "unit_price"), None)
            row |= {"currency": known.currency, "text": "", "confidence": 0.0, "readable": False}
            row |= {"error": "it is no picture that can be opened" if Path(image).exists() else "there is no such file"}
            failed = True
        else:
            reading = read_safely(np.asarray(picture, np.uint8), known, reads)
            row |= {**msgspec.structs.asdict(reading), "readable": reading.readable}
        sys.stdout.write((msgspec.json.encode(row).decode() if as_json else _in_words(row)) + "\n")
        sys.stdout.flush()
    if failed:
        raise typer.Exit(1)


def _in_words(row: dict[str, Any]) -> str:
    said = row.get("error") or (f"{row['price']} {row['currency']}" if row["readable"] else "unreadable")
    return f"{row['file']}: {said}"
