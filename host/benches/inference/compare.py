"""The paper's CNN in onnxruntime (f32, int8) and in Landauer, in turns: samples a second on this core.

Called by host/benches/inference/run. The network has random weights, which take as long as trained ones;
only how many inputs are zero after each ReLU could matter, and it does to none of the three.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

LENGTH = WIDTH = 40
CHANNELS, HIDDEN = 16, 1024


def paper_cnn(path, rng):
    """1x40x40; three times 16 kernels of 2x2, stride 2, ReLU; 400-1024, ReLU; 1024-1."""
    nodes, weights, name, channels = [], [], "x", 1
    for number in range(3):
        w = rng.normal(0, (2 / (4 * channels)) ** 0.5, (CHANNELS, channels, 2, 2)).astype(np.float32)
        weights += [numpy_helper.from_array(w, f"w{number}"), numpy_helper.from_array(np.full(CHANNELS, 0.05, np.float32), f"b{number}")]
        nodes.append(helper.make_node("Conv", [name, f"w{number}", f"b{number}"], [f"c{number}"], kernel_shape=[2, 2], strides=[2, 2]))
        nodes.append(helper.make_node("Relu", [f"c{number}"], [f"r{number}"]))
        name, channels = f"r{number}", CHANNELS
    nodes.append(helper.make_node("Flatten", [name], ["flat"]))
    inputs = CHANNELS * (LENGTH // 8) * (WIDTH // 8)
    for number, (a, b) in enumerate([(inputs, HIDDEN), (HIDDEN, 1)]):
        w = rng.normal(0, (2 / a) ** 0.5, (a, b)).astype(np.float32)
        weights += [numpy_helper.from_array(w, f"d{number}"), numpy_helper.from_array(np.zeros(b, np.float32), f"e{number}")]
    nodes.append(helper.make_node("Gemm", ["flat", "d0", "e0"], ["h"]))
    nodes.append(helper.make_node("Relu", ["h"], ["hr"]))
    nodes.append(helper.make_node("Gemm", ["hr", "d1", "e1"], ["y"]))
    graph = helper.make_graph(
        nodes,
        "paper-cnn",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 1, LENGTH, WIDTH])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 1])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, path)


class Strips(CalibrationDataReader):
    """A few batches of strips for onnxruntime's calibration."""

    def __init__(self, strips):
        self.batches = iter(np.array_split(strips, 4))

    def get_next(self):
        batch = next(self.batches, None)
        return None if batch is None else {"x": batch}


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def time_session(running, strips, batch):
    """Seconds for all strips, a batch at a time."""
    start = time.perf_counter()
    for first in range(0, len(strips), batch):
        running.run(None, {"x": strips[first : first + batch]})
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the example time_inference")
    parser.add_argument("--model", help="a Landauer model file [default: the paper's CNN with random weights]")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--samples", type=int, default=8192, help="strips that are timed at a time")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", help="write the numbers here")
    arguments = parser.parse_args()

    rng = np.random.default_rng(1)
    concentrations = rng.random((arguments.samples, 1, 1, 1))
    strips = (rng.random((arguments.samples, 1, LENGTH, WIDTH)) < concentrations).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        f32, int8 = os.path.join(folder, "f32.onnx"), os.path.join(folder, "int8.onnx")
        paper_cnn(f32, rng)
        quantize_static(
            f32, int8, Strips(strips[:1024]), quant_format=QuantFormat.QDQ, per_channel=True,
            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
        )
        ours = arguments.model or "paper-cnn"
        sessions = {"onnxruntime f32": session(f32), "onnxruntime int8": session(int8)}
        seconds = {name: [] for name in [*sessions, "landauer"]}
        for running in sessions.values():
            time_session(running, strips, arguments.batch)
        for _ in range(arguments.rounds):
            for name, running in sessions.items():
                seconds[name].append(time_session(running, strips, arguments.batch))
            command = [arguments.program, ours, str(arguments.samples), "5"]
            printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            seconds["landauer"].append(statistics.median(map(float, printed.split())))
    rates = {name: arguments.samples / statistics.median(times) for name, times in seconds.items()}
    best = max(rate for name, rate in rates.items() if name != "landauer")
    for name, rate in rates.items():
        spread = [arguments.samples / time for time in (max(seconds[name]), min(seconds[name]))]
        print(f"{name:<18}{rate:>10,.0f} samples/s a core  ({spread[0]:,.0f} to {spread[1]:,.0f})")
    print(f"landauer is {rates['landauer'] / best:.2f} times as fast as onnxruntime's best (batch {arguments.batch})")
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"batch": arguments.batch, "samples_per_second": rates, "ratio": rates["landauer"] / best}, file)


if __name__ == "__main__":
    main()
