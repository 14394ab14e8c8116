"""From a checkpoint to a model folder's network file."""

from pathlib import Path

import openvino as ov
import torch

from vision_workers.training.network import HEIGHT_PX, WIDTH_PX, Exported, PersonNet


def export(checkpoint: Path, network_file: Path) -> None:
    """Write the averaged weights of a checkpoint as OpenVINO IR with 16-bit weights (`.xml`, and `.bin` beside it)."""
    network = PersonNet()
    network.load_state_dict(torch.load(checkpoint, weights_only=True)["averaged"])
    exported = Exported(network).eval()
    shape = (1, 3, HEIGHT_PX, WIDTH_PX)
    converted = ov.convert_model(exported, example_input=torch.zeros(shape), input=[("pictures", shape)])
    converted.inputs[0].get_tensor().set_names({"pictures"})
    converted.outputs[0].get_tensor().set_names({"output"})
    ov.save_model(converted, network_file, compress_to_fp16=True)
