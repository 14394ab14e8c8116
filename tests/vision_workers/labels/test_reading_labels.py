from importlib.metadata import packages_distributions

import numpy as np
import pytesseract
import pytest

from tests.builders.labels import FailingReader, SayingReader, drawn_label, line
from vision_workers.detectors.labels import read_safely
from vision_workers.labels import LabelReading, find_locale, read_label
from vision_workers.labels.errors import MissingLanguage, MissingTesseract, UnknownLocale
from vision_workers.labels.label import PICTURES
from vision_workers.labels.paddle import paddle_reader
from vision_workers.labels.tesseract import TesseractReader

NORWAY, JAPAN = find_locale("nb_NO"), find_locale("ja_JP")


def read(*readings: list[str]) -> LabelReading:
    reader = SayingReader(*([line(text) for text in texts] for texts in readings))
    return read_label(drawn_label(""), NORWAY, reader)


def test_reading_stops_when_two_readings_agree() -> None:
    reader = SayingReader([line("1890")])

    reading = read_label(drawn_label(""), NORWAY, reader)

    assert (reading.price, reading.currency, reading.readable) == ("18.90", "NOK", True)
    assert reader.pictures == 2


def test_readings_that_contradict_each_other_are_unreadable() -> None:
    reading = read(["1890"], ["1990"], ["1790"], ["1690"], ["1590"], ["1490"])

    assert (reading.price, reading.readable, reading.confidence) == (None, False, 0.0)


def test_one_reading_in_doubt_is_outvoted() -> None:
    assert read(["1890"], ["7890"], ["1890"], ["1890"]).price == "18.90"


def test_three_readings_of_three_digits_are_not_enough() -> None:
    assert read(["790"], ["790"], ["790"], []).price is None
    assert read(["790"], ["790"], ["790"], ["790"], []).price == "7.90"


def test_nothing_to_read_is_unreadable_after_every_picture() -> None:
    reader = SayingReader([])

    assert read_label(drawn_label(""), NORWAY, reader).price is None
    assert reader.pictures == len(PICTURES)


@pytest.mark.parametrize("size", [(1, 1), (3, 400), (400, 3)])
def test_a_picture_of_a_few_pixels_is_unreadable(size: tuple[int, int]) -> None:
    assert not read_label(np.zeros((*size, 3), np.uint8), JAPAN, paddle_reader()).readable


def test_a_reader_that_breaks_makes_a_label_unreadable_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    assert not read_safely(drawn_label("198"), JAPAN, FailingReader()).readable
    assert "cannot be read" in caplog.text


@pytest.mark.parametrize(("locale", "written", "price"), [("ja_JP", "198", "198"), ("nb_NO", "24.90", "24.90")])
def test_pp_ocr_reads_a_drawn_label(locale: str, written: str, price: str) -> None:
    reading = read_label(drawn_label(written), find_locale(locale), paddle_reader())

    assert (reading.price, "MILK" in reading.text) == (price, True)


def test_reading_a_single_line_changes_nothing_of_how_labels_are_read() -> None:
    paddle_reader().read_line(drawn_label("90", name=""))

    assert len(paddle_reader().read(drawn_label("24.90"))) == 2


def test_a_blank_picture_is_no_error_for_pp_ocr() -> None:
    assert not read_label(np.full((60, 90, 3), 200, np.uint8), JAPAN, paddle_reader()).readable


def test_tesseract_reads_a_drawn_label_by_the_same_interface() -> None:
    assert read_label(drawn_label("24.90"), NORWAY, TesseractReader(NORWAY)).price == "24.90"


def test_tesseract_that_takes_too_long_reads_nothing() -> None:
    assert not read_label(drawn_label("24.90"), NORWAY, TesseractReader(NORWAY, patience_s=0.001)).readable


def test_tesseract_that_is_not_there_and_a_language_that_it_lacks_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pytesseract, "get_languages", lambda: ["eng"])
    with pytest.raises(MissingLanguage, match="tesseract-ocr-jpn"):
        TesseractReader(JAPAN)
    monkeypatch.undo()
    monkeypatch.setattr(pytesseract.pytesseract, "tesseract_cmd", "no-such-program")
    with pytest.raises(MissingTesseract):
        TesseractReader(JAPAN)


def test_a_locale_without_a_table_is_refused_with_those_that_have_one() -> None:
    assert find_locale("no_NO") is NORWAY
    with pytest.raises(UnknownLocale, match="en_GB, en_US, ja_JP, nb_NO"):
        find_locale("de_DE")


def test_only_one_build_of_opencv_is_installed() -> None:
    assert packages_distributions()["cv2"] == ["opencv-python"]
