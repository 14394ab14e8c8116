"""What can be wrong with the reading of labels.

VisionError
├── UnknownLocale       no table for the locale
├── MissingTesseract    the program is not on this machine
└── MissingLanguage     Tesseract has no data for the locale's language
"""

from collections.abc import Iterable

from vision_workers.errors import VisionError


class UnknownLocale(VisionError):
    """A locale that labels are not read for."""

    exit_status = 2

    def __init__(self, asked: str, known: Iterable[str]) -> None:
        super().__init__(f"labels of the locale {asked!r} are not read; give one of {', '.join(sorted(known))}")


class MissingTesseract(VisionError):
    """Tesseract was asked for and is not there."""

    exit_status = 2

    def __init__(self) -> None:
        super().__init__("tesseract is not on this machine; install it, or read with --reader pp-ocr")


class MissingLanguage(VisionError):
    """Tesseract has no data for a language."""

    exit_status = 2

    def __init__(self, language: str, locale: str) -> None:
        super().__init__(
            f"tesseract has no data for {language!r}, which labels of {locale} need; install tesseract-ocr-{language}"
        )
