from collections.abc import Sequence

import numpy as np
import pytest

from event_store.events.event import Box
from vision_workers.frames import Detection
from vision_workers.training.augmentation import Sample, fitted, paste, vary
from vision_workers.training.labelled import boxes_of
from vision_workers.training.measurement import Judged, measure
from vision_workers.training.real_frames import agree

ANNA, BO = (0.1, 0.2, 0.2, 0.8), (0.5, 0.2, 0.6, 0.8)
Corners = tuple[float, float, float, float]


def found(corners: Corners, confidence: float) -> Detection:
    return Detection(box=Box(x0=corners[0], y0=corners[1], x1=corners[2], y1=corners[3]), confidence=confidence)


def judged(*detections: Detection, people: Sequence[Corners] = (ANNA, BO), unclear: Sequence[Corners] = ()) -> Judged:
    return Judged(people=boxes_of(list(people)), unclear=boxes_of(list(unclear)), found=detections)


def test_everybody_found_and_nobody_invented_is_perfect() -> None:
    figures = measure([judged(found(ANNA, 0.9), found(BO, 0.8))], threshold=0.5)

    assert (figures.precision, figures.recall, figures.average_precision) == (1.0, 1.0, 1.0)


def test_one_person_answers_for_one_detection_only() -> None:
    figures = measure([judged(found(ANNA, 0.9), found(ANNA, 0.8))], threshold=0.5)

    assert (figures.precision, figures.recall) == (0.5, 0.5)


def test_the_threshold_cuts_precision_and_recall_but_not_the_average() -> None:
    figures = measure([judged(found(ANNA, 0.9), found(BO, 0.3))], threshold=0.5)

    assert (figures.precision, figures.recall, figures.average_precision) == (1.0, 0.5, 1.0)


def test_a_false_alarm_before_a_hit_costs_average_precision() -> None:
    nobody = (0.8, 0.2, 0.9, 0.8)
    figures = measure([judged(found(nobody, 0.9), found(ANNA, 0.8), found(BO, 0.7))], threshold=0.5)

    assert figures.average_precision == pytest.approx(2 / 3)


def test_finding_somebody_unclear_is_neither_right_nor_wrong() -> None:
    figures = measure([judged(found(ANNA, 0.9), found(BO, 0.8), people=[ANNA], unclear=[BO])], threshold=0.5)

    assert (figures.people, figures.precision, figures.recall) == (1, 1.0, 1.0)


def test_two_teachers_agree_on_the_mean_box_and_leave_the_rest_unclear() -> None:
    people, unclear = agree([found(ANNA, 0.9)], [found((0.12, 0.2, 0.22, 0.8), 0.7), found(BO, 0.7)])

    assert people == [(0.11, 0.2, 0.21, 0.8)]
    assert unclear == [BO]


def test_a_varied_sample_is_the_same_for_the_same_seed_and_its_boxes_stay_inside() -> None:
    picture = np.random.default_rng(1).integers(0, 255, (90, 160, 3)).astype(np.uint8)
    sample = Sample(picture, boxes_of([ANNA, BO]), boxes_of([]))

    for seed in range(20):
        once, again = (vary(sample, np.random.default_rng(seed), (96, 56)) for _ in range(2))
        assert (once.picture == again.picture).all()
        assert once.picture.shape == (56, 96, 3)
        assert len(once.people) + len(once.unclear) <= 2
        assert (once.people >= 0).all()
        assert (once.people <= 1).all()


def test_whom_a_pasted_stranger_covers_is_unclear() -> None:
    host = Sample(np.zeros((100, 100, 3), np.uint8), boxes_of([(0.0, 0.0, 1.0, 1.0)]), boxes_of([]))
    guest = Sample(np.full((200, 200, 3), 200, np.uint8), boxes_of([(0.1, 0.1, 0.4, 0.9)]), boxes_of([]))

    together = paste(host, guest, np.random.default_rng(3))

    assert len(together.people) == 2
    assert together.picture.max() > 100
    assert fitted(together, (50, 50)).picture.shape == (50, 50, 3)
