"""Price labels: their text is read by one of several readers, and the price found in it by what is known of prices."""

from vision_workers.labels.label import LabelReading, read_label
from vision_workers.labels.locales import LOCALES, LabelLocale, find_locale
from vision_workers.labels.reader import LabelReader, TextLine

__all__ = ["LOCALES", "LabelLocale", "LabelReader", "LabelReading", "TextLine", "find_locale", "read_label"]
