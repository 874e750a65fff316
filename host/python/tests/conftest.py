import os

import numpy as np
import pytest

import landauer


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def ensemble():
    return landauer.Ensemble(model=2, length=5, width=4, concentration=0.4, seed=3)


@pytest.fixture
def strips():
    return np.random.default_rng(1).normal(size=(6, 5, 4))


@pytest.fixture(scope="session")
def datasets(tmp_path_factory):
    """Small data sets of the model with on-site energies and of one with species."""
    folder = tmp_path_factory.mktemp("data")
    made = {}
    for model in (1, 4):
        ensemble = landauer.Ensemble(model=model, length=5, width=4, seed=3)
        path = os.fspath(folder / f"{model}.zarr")
        made[model] = landauer.generate(ensemble, path, samples=50, chunk_samples=16)
    return made


@pytest.fixture(scope="session")
def learning(tmp_path_factory):
    """Small data sets and runs on them."""
    from learning import Learning

    return Learning(tmp_path_factory.mktemp("learning"))
