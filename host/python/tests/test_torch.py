"""Data sets in PyTorch: single samples, workers, gradients."""

import os
import pickle

import numpy as np
import pytest

import landauer

torch = pytest.importorskip("torch", reason="PyTorch is not installed")


def test_samples_are_those_of_the_data_set(learning):
    data = learning.data(2)
    found = data.torch()
    assert len(found) == 300 and found.target == "g_bar"
    onsite, target = found[17]
    assert onsite.dtype == target.dtype == torch.float32 and onsite.shape == (4, 4) and target.shape == ()
    assert np.array_equal(onsite.numpy(), data.onsite[17].astype("f4")) and target.item() == np.float32(data.g_bar[17])
    onsite, target = data.torch("transmission", dtype=torch.float64, channel=True)[-1]
    assert onsite.shape == (1, 4, 4) and np.array_equal(target.numpy(), data.transmission[-1])
    many = found.__getitems__([3, 250, 3])
    assert len(many) == 3 and torch.equal(many[1][0], found[250][0]) and torch.equal(many[2][1], found[3][1])
    copy = pickle.loads(pickle.dumps(found))
    assert torch.equal(copy[5][0], found[5][0]) and "g_bar" in repr(copy)
    with pytest.raises(landauer.UsageError, match="unknown target"):
        data.torch("h")
    with pytest.raises(IndexError):
        found[300]


@pytest.mark.parametrize("context", ["fork", "spawn"] if os.name == "posix" else ["spawn"])
def test_workers_read_every_sample_once(learning, context):
    data = learning.data(2)
    list(data.torch())  # The parent has read it, with its threads and chunks.
    options = {"num_workers": 2, "multiprocessing_context": context, "shuffle": True, "batch_size": 16}
    loader = torch.utils.data.DataLoader(data.torch(), **options)
    batches = list(loader)
    assert sum(len(target) for _, target in batches) == 300
    assert batches[0][0].shape == (16, 4, 4)
    found = np.sort(torch.cat([target for _, target in batches]).numpy())
    assert np.array_equal(found, np.sort(data.g_bar.astype("f4")))


def test_tensors_are_judged(learning):
    test = learning.data(2, seed=2)
    guess = torch.tensor(test.g_bar, requires_grad=True) * 1.5
    expected = landauer.evaluate(test.g_bar * 1.5, test).mae
    assert landauer.evaluate(guess, test).mae == expected
    assert landauer.evaluate(guess.detach()[:, None].float(), test).mae == pytest.approx(expected, rel=1e-6)
    assert landauer.load_model("best-3x3").predict(torch.zeros(2, 3, 3)).shape == (2,)
