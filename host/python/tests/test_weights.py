"""Files of weights say all that another program needs: a forward pass in NumPy gives the same predictions."""

import json
import os

import numpy as np
import pytest
from weights_in_numpy import predict

import landauer


@pytest.mark.parametrize("name", ["dense", "symmetric", "convolutional", "residual", "spectral"])
def test_numpy_predicts_the_same(learning, name):
    run = learning.run(name)
    test = learning.data({"dense": 1, "symmetric": 1, "convolutional": 2, "residual": 4, "spectral": 2}[name], seed=2)
    weights, description = landauer.read_weights(os.path.join(run.path, "best.safetensors"))
    onsite = test.onsite[:60]
    found = predict(weights, description, onsite)
    assert np.abs(found - run.predict(onsite).reshape(found.shape)).max() < 2e-5
    assert np.ptp(found) > 0.1
    assert set(weights) == set(run.weights)


def test_the_file_is_safetensors(learning):
    path = os.path.join(learning.run("dense").path, "last.safetensors")
    with open(path, "rb") as file:
        data = file.read()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    assert list(header["__metadata__"]) == ["landauer"]
    description = json.loads(header["__metadata__"]["landauer"])
    assert description["format"] == "landauer-weights" and description["length"] == 3 and description["layout"]
    with pytest.raises(landauer.SystemError, match="cannot read nothing: No such file"):
        landauer.read_weights("nothing")
    for cut in (0, 7, 100, len(data) - 4):
        with open("cut.safetensors", "wb") as file:
            file.write(data[:cut])
        with pytest.raises(landauer.InputError, match="cut.safetensors"):
            landauer.read_weights("cut.safetensors")


@pytest.mark.parametrize("name", ["dense", "symmetric", "convolutional", "residual"])
def test_onnx_predicts_the_same(learning, name):
    pytest.importorskip("onnx", reason="the package onnx is not installed")
    runtime = pytest.importorskip("onnxruntime", reason="the package onnxruntime is not installed")
    run = learning.run(name)
    run.to_onnx("run.onnx")
    session = runtime.InferenceSession("run.onnx", providers=["CPUExecutionProvider"])
    onsite = learning.data({"dense": 1, "symmetric": 1, "convolutional": 2, "residual": 4}[name], seed=2).onsite[:50]
    (found,) = session.run(None, {"onsite": onsite.astype("f4")})
    assert np.abs(found - run.predict(onsite).reshape(found.shape)).max() < 2e-5


def test_spectral_networks_are_no_onnx(learning):
    pytest.importorskip("onnx", reason="the package onnx is not installed")
    with pytest.raises(landauer.UsageError, match="spectral"):
        learning.run("spectral").to_onnx("run.onnx")
