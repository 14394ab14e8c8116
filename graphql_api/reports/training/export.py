"""From a checkpoint to a model's folder: OpenVINO IR with 8-bit weights and a state, in Hugging Face's layout.

The network's interface is that of Optimum's exports of causal language models: `input_ids`, `attention_mask`,
`position_ids` and `beam_idx` in, `logits` out, keys and values of what was read before in its state.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import openvino as ov
import torch
from numpy.typing import NDArray
from openvino import Node
from openvino import opset13 as ops
from transformers import LlamaConfig

from graphql_api.reports.training.trainer import make_network
from graphql_api.reports.writer_folder import DESCRIPTION, digest_of

LICENCE = "Apache-2.0"
ORIGIN = "trained by graphql_api.reports.training on an invented corpus; see README.md"
NETWORK = "openvino_model.xml"
TOKEN_FILES = ("tokenizer.json", "tokenizer_config.json")
Weights = Mapping[str, NDArray[np.float32]]


def export(checkpoint: Path, out: Path, name: str, language: str) -> None:
    """Write network, configuration, tokens and description of a checkpoint."""
    out.mkdir(parents=True, exist_ok=True)
    tokens = checkpoint.parent / f"{checkpoint.stem}-tokens"
    for file in TOKEN_FILES:
        shutil.copyfile(tokens / file, out / file)
    state = torch.load(checkpoint, weights_only=True)["network"]
    network = make_network(len(state["model.embed_tokens.weight"]))
    network.load_state_dict(state)
    weights = {name: value.float().numpy() for name, value in network.state_dict().items()}
    ov.save_model(Graph(network.config, weights).model(), out / NETWORK, compress_to_fp16=False)
    config = json.loads(network.config.to_json_string())
    (out / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    described = {"name": name, "language": language, "licence": LICENCE, "origin": ORIGIN, "digest": digest_of(out)}
    (out / DESCRIPTION).write_text("".join(f'{field} = "{text}"\n' for field, text in described.items()))


class Graph:
    """The network as operations of OpenVINO."""

    def __init__(self, config: LlamaConfig, weights: Weights) -> None:
        self._config = config
        self._weights = weights
        self._heads, self._width = config.num_attention_heads, config.hidden_size // config.num_attention_heads
        self._ids = _input("input_ids", [-1, -1])
        self._mask = _input("attention_mask", [-1, -1])
        self._positions = _input("position_ids", [-1, -1])
        self._beams = ops.parameter([-1], np.int32, "beam_idx")
        self._beams.output(0).get_tensor().set_names({"beam_idx"})
        self._sinks: list[Node] = []

    def model(self) -> ov.Model:
        """Return the whole network."""
        embedding = self._stored("model.embed_tokens.weight")
        hidden = ops.gather(embedding, self._ids, _number(0))
        cosine, sine = self._rotation()
        seen = self._seen()
        for layer in range(self._config.num_hidden_layers):
            hidden = self._layer(f"model.layers.{layer}", hidden, (cosine, sine), seen)
        hidden = self._normed("model.norm.weight", hidden)
        logits = ops.matmul(hidden, embedding, transpose_a=False, transpose_b=True)
        logits.output(0).get_tensor().set_names({"logits"})
        result = ops.result(logits)
        inputs = [self._ids, self._mask, self._positions, self._beams]
        return ov.Model([result], self._sinks, inputs, "writer")

    def _layer(self, name: str, hidden: Node, rotation: tuple[Node, Node], seen: Node) -> Node:
        normed = self._normed(f"{name}.input_layernorm.weight", hidden)
        query, key, value = (self._split(self._linear(f"{name}.self_attn.{each}_proj", normed)) for each in "qkv")
        key = self._remembered(f"{name}.key", _rotated(key, *rotation))
        value = self._remembered(f"{name}.value", value)
        attended = ops.scaled_dot_product_attention(_rotated(query, *rotation), key, value, seen)
        merged = ops.reshape(ops.transpose(attended, _numbers(0, 2, 1, 3)), _numbers(0, 0, -1), special_zero=True)
        hidden = ops.add(hidden, self._linear(f"{name}.self_attn.o_proj", merged))
        normed = self._normed(f"{name}.post_attention_layernorm.weight", hidden)
        gate, up = (self._linear(f"{name}.mlp.{each}_proj", normed) for each in ("gate", "up"))
        return ops.add(hidden, self._linear(f"{name}.mlp.down_proj", ops.multiply(ops.swish(gate), up)))

    def _remembered(self, name: str, new: Node) -> Node:
        """Append to what the state holds of earlier tokens."""
        batch = ops.gather(ops.shape_of(self._ids), _number(0), _number(0))
        shape = ops.concat(
            [ops.reshape(batch, _numbers(1), special_zero=False), _numbers(self._heads, 0, self._width)], 0
        )
        nothing = ops.broadcast(np.float32(0), shape)
        known = ops.read_value(nothing, name, np.float32, ov.PartialShape([-1, self._heads, -1, self._width]))
        both = ops.concat([ops.gather(known, self._beams, _number(0)), new], 2)
        self._sinks.append(ops.assign(both, name))
        return both

    def _seen(self) -> Node:
        """Return what each token may not look at: those after it, and those that are masked."""
        total = ops.gather(ops.shape_of(self._mask), _number(1), _number(0))
        keys = ops.range(_number(0), total, _number(1), "i64")
        later = ops.greater(keys, ops.unsqueeze(self._positions, _numbers(1, 3)))
        masked = ops.equal(ops.unsqueeze(self._mask, _numbers(1, 2)), _number(0))
        return ops.select(ops.logical_or(later, masked), np.float32(-1e9), np.float32(0))

    def _rotation(self) -> tuple[Node, Node]:
        half = np.arange(0, self._width, 2, dtype=np.float32) / self._width
        frequencies = (10_000.0**-half).astype(np.float32)
        angles = ops.multiply(
            ops.unsqueeze(ops.convert(self._positions, "f32"), _numbers(1, 3)), ops.constant(frequencies)
        )
        both = ops.concat([angles, angles], 3)
        return ops.cos(both), ops.sin(both)

    def _split(self, rows: Node) -> Node:
        """Part rows among the heads: batch, head, token, width."""
        parted = ops.reshape(rows, _numbers(0, 0, self._heads, self._width), special_zero=True)
        return ops.transpose(parted, _numbers(0, 2, 1, 3))

    def _linear(self, name: str, rows: Node) -> Node:
        return ops.matmul(rows, self._stored(f"{name}.weight"), transpose_a=False, transpose_b=True)

    def _normed(self, name: str, rows: Node) -> Node:
        mean = ops.reduce_mean(ops.multiply(rows, rows), _numbers(-1), keep_dims=True)
        scaled = ops.divide(rows, ops.sqrt(ops.add(mean, np.float32(self._config.rms_norm_eps))))
        return ops.multiply(scaled, ops.constant(self._weights[name]))

    def _stored(self, name: str) -> Node:
        """Return weights as 8-bit numbers with a scale for each row."""
        weights = self._weights[name]
        scale = np.maximum(np.abs(weights).max(axis=1, keepdims=True), 1e-8) / 127
        rounded = ops.constant(np.round(weights / scale).astype(np.int8))
        return ops.multiply(ops.convert(rounded, "f32"), ops.constant(scale.astype(np.float32)))


def _rotated(rows: Node, cosine: Node, sine: Node) -> Node:
    first, second = ops.split(rows, _number(3), 2).outputs()
    turned = ops.concat([ops.negative(second), first], 3)
    return ops.add(ops.multiply(rows, cosine), ops.multiply(turned, sine))


def _input(name: str, shape: list[int]) -> Node:
    node = ops.parameter(shape, np.int64, name)
    node.output(0).get_tensor().set_names({name})
    return node


def _number(value: int) -> Node:
    return ops.constant(np.int64(value))


def _numbers(*values: int) -> Node:
    return ops.constant(np.array(values, np.int64))
