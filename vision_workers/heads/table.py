"""All heads by the name that `model.toml` gives them.

The order is that in which a network's head is looked for: who fits more closely comes first.
"""

from vision_workers.heads.boxes_labels import BOXES_LABELS, BOXES_LABELS_SCORES
from vision_workers.heads.head import Head
from vision_workers.heads.queries import BOXES_LOGITS, QUERIES
from vision_workers.heads.ssd import SSD
from vision_workers.heads.yolo import YOLO_END_TO_END, YOLOV5, YOLOV8
from vision_workers.heads.yolox import YOLOX

HEADS: dict[str, Head] = {
    "ssd": SSD,
    "boxes-labels": BOXES_LABELS,
    "boxes-labels-scores": BOXES_LABELS_SCORES,
    "boxes-logits": BOXES_LOGITS,
    "yolox": YOLOX,
    "yolo-end-to-end": YOLO_END_TO_END,
    "queries": QUERIES,
    "yolov5": YOLOV5,
    "yolov8": YOLOV8,
}
