"""What the tests of learning share: small data sets, and runs on them."""

import os

import landauer

SMALL = {
    1: {"model": 1, "length": 3, "width": 3},
    2: {"model": 2, "length": 4, "width": 4},
    4: {"model": 4, "length": 4, "width": 4},
}

# Their warm-up is longer than these trainings.
QUICKLY = {"schedule": {"kind": "constant"}}

NETWORKS = {
    "dense": (1, {"preset": "paper-dnn-3x3", "network": {"kind": "dense", "hidden": [8, 6]}}),
    "symmetric": (1, {"preset": "best-3x3", "optimiser": QUICKLY, "network": {"kind": "dense", "hidden": [8]}}),
    "convolutional": (
        2,
        {
            "preset": "paper-cnn",
            "targets": ["g-bar", "g"],
            "network": {
                "kind": "convolutional",
                "convolutions": [{"channels": 5, "kernel": 2}, {"channels": 4, "kernel": 2}],
                "hidden": [7],
            },
        },
    ),
    "residual": (
        4,
        {
            "preset": "paper-cnn-residual",
            "optimiser": QUICKLY,
            "network": {"kind": "convolutional", "convolutions": [{"channels": 5, "kernel": 2}], "hidden": [7]},
        },
    ),
    "spectral": (
        2,
        {
            "preset": "spectral",
            "optimiser": QUICKLY,
            "network": {"kind": "spectral", "local": 2, "kernels": 3, "units": 4, "head": 5},
        },
    ),
}


class Learning:
    """Makes what a test asks for when it does, once."""

    def __init__(self, folder):
        self.folder = os.fspath(folder)
        self._made = {}

    def data(self, model, seed=1, samples=300):
        key = (model, seed, samples)
        if key not in self._made:
            path = os.path.join(self.folder, f"model{model}-{seed}-{samples}.zarr")
            ensemble = landauer.Ensemble(seed=seed, **SMALL[model])
            self._made[key] = landauer.generate(ensemble, path, samples=samples, chunk_samples=64)
        return self._made[key]

    def run(self, name):
        if name not in self._made:
            model, config = NETWORKS[name]
            path = os.path.join(self.folder, name)
            self._made[name] = landauer.train(config, self.data(model), path, epochs=2, validation=0.2)
        return self._made[name]
