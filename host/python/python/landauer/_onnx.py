"""Runs as ONNX: on-site energies in, conductances out, for any runtime."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from ._arguments import Path
from ._errors import UsageError

# Of 2021, so that runtimes of today read it.
_OPSET, _IR = 13, 8


class _Graph:
    """Nodes and constants in the making."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, values: Any, dtype: Any = np.float32) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values, dtype=dtype), name))
        return name

    def node(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        name = output or f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def indices(self, *values: int) -> str:
        return self.constant(values, np.int64)

    def reversed(self, name: str, axis: int) -> str:
        last, first = self.indices(-1), self.indices(np.iinfo(np.int64).min)
        return self.node("Slice", name, last, first, self.indices(axis), self.indices(-1))


def save(weights: dict[str, Any], description: dict[str, Any], path: Path, name: str) -> None:
    """Write a network of dense and convolutional layers with these weights and this description."""
    if description["network"]["kind"] == "spectral":
        raise UsageError("a spectral network is not written as ONNX: only dense and convolutional ones are")
    length, width = description["length"], description["width"]
    targets = len(description["targets"])
    graph = _Graph()
    counted = graph.node("Not", graph.node("Equal", "onsite", graph.constant(0.0)))
    counted = graph.node("Cast", counted, to=TensorProto.FLOAT)
    count = graph.node("ReduceSum", counted, graph.indices(1, 2), keepdims=1)  # [sample, 1, 1]
    reads = description["input"]
    # Species' values are their energies in units of the largest one.
    scale = reads["scale"] if not reads["species"] else 1 / max(map(abs, reads["species"]))
    values = graph.node("Mul", "onsite", graph.constant(scale))
    if reads["standardised"]:
        share = graph.node("Mul", count, graph.constant(1 / (length * width)))
        spread = graph.node("Mul", share, graph.node("Sub", graph.constant(1.0), share))
        spread = graph.node("Sqrt", graph.node("Add", spread, graph.constant(0.001)))
        values = graph.node("Sub", values, graph.node("Mul", share, graph.constant(reads["mean"])))
        values = graph.node("Div", values, spread)
    copies = description["symmetry_copies"]
    if copies > 1:
        mirrored = [values, graph.reversed(values, 1), graph.reversed(values, 2)]
        mirrored.append(graph.reversed(mirrored[1], 2))
        mirrored += [graph.node("Neg", one) for one in mirrored] if copies == 8 else []
        values = graph.node("Concat", *mirrored, axis=0)
    outputs = _layers(graph, weights, description, values)
    outputs = graph.node("Slice", outputs, graph.indices(0), graph.indices(targets), graph.indices(1))
    outputs = graph.node("Reshape", outputs, graph.indices(copies, -1, targets))
    outputs = graph.node("ReduceMean", outputs, axes=[0], keepdims=0)
    # By the impurity count, or the same for all.
    whole = graph.node("Cast", graph.node("Reshape", count, graph.indices(-1)), to=TensorProto.INT64)
    tables = []
    for key in ("centre", "spread"):
        columns = [scaling[key] for scaling in description["scaling"]]
        table = graph.constant(np.stack(columns, axis=-1))  # [count, target]
        last = graph.constant(len(columns[0]) - 1, np.int64)
        tables.append(graph.node("Gather", table, graph.node("Min", whole, last), axis=0))
    outputs = graph.node("Add", tables[0], graph.node("Mul", tables[1], outputs))
    graph.node("Clip", outputs, graph.constant(0.0), graph.constant(width), output="conductance")
    inputs = [helper.make_tensor_value_info("onsite", TensorProto.FLOAT, ["sample", length, width])]
    found = [helper.make_tensor_value_info("conductance", TensorProto.FLOAT, ["sample", targets])]
    made = helper.make_graph(graph.nodes, name, inputs, found, graph.constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)
    model.producer_name = "landauer"
    onnx.checker.check_model(model)
    onnx.save(model, os.fspath(path))


def _layers(graph: _Graph, weights: dict[str, Any], description: dict[str, Any], values: str) -> str:
    """``[sample, x, y]`` to ``[sample, output]``."""
    convolutions = description["network"].get("convolutions", [])
    layers = len(weights) // 2
    channels = 1
    if convolutions:
        values = graph.node("Unsqueeze", values, graph.indices(1))  # [sample, channel, x, y]
    for number in range(layers):
        weight, bias = weights[f"layers.{number}.weight"], graph.constant(weights[f"layers.{number}.bias"])
        if number < len(convolutions):
            side = convolutions[number]["kernel"]
            kernel = weight.reshape(side, side, channels, -1).transpose(3, 2, 0, 1)
            values = graph.node("Conv", values, graph.constant(kernel), bias, strides=[side, side])
            channels = weight.shape[1]
        else:
            if number == len(convolutions):
                values = graph.node("Transpose", values, perm=[0, 2, 3, 1]) if convolutions else values
                values = graph.node("Reshape", values, graph.indices(-1, weight.shape[0]))
            values = graph.node("Gemm", values, graph.constant(weight), bias)
        if number + 1 < layers:
            values = graph.node("Relu", values)
    return values
