"""Read by mypy, never run: what users write has the types that they expect."""

import numpy as np
import numpy.typing as npt

import landauer

strips: npt.NDArray[np.float64] = np.zeros((3, 4, 5))
solution: landauer.Solution = landauer.solve(strips, [0.0, 0.1], precision="f64", solver="auto", threads=None)
warm: landauer.Thermal = landauer.thermal(strips, [0.01, 0.1], 0.2, voltage=0.1, tolerance=1e-5)
total: int = solution.fallbacks.total
name: str = solution.solver
ensemble = landauer.Ensemble(model=2, length=40, width=40, concentration=0.1, seed=1)
drawn: npt.NDArray[np.float64] = ensemble[0:1000]
average: landauer.Average = landauer.average(ensemble, energies=0.0, samples=1000)
counts: npt.NDArray[np.int64] = average.histogram.counts
length: float = average.localisation_length
data: landauer.Dataset = landauer.generate(ensemble, "m2.zarr", samples=100_000)
again: landauer.Dataset = landauer.open("m2.zarr")
g: npt.NDArray[np.float64] = again.g
for onsite, target in again.batches(32, shuffle=True, dtype=np.float32):
    print(onsite.shape, target.shape)
model = landauer.load_model("best-g")
targets: tuple[str, ...] = model.targets
predicted: npt.NDArray[np.float64] = model.predict(strips)
sure: landauer.Prediction = model.predict(strips, intervals=0.9, exact_above=0.5)
upper: npt.NDArray[np.float64] = sure.upper
run: landauer.Run = landauer.train({"preset": "paper-cnn"}, again, "run", epochs=3, optimiser={"learning_rate": 1e-4})
exported: landauer.Model = run.export("x.postcard", test_set=data)
evaluation: landauer.Evaluation = landauer.evaluate([0.0, 1.0], again, baseline="train.zarr")
mae: float = evaluation.targets["g"].mae
loss: float = run.curves["loss"][-1]
differentiable = landauer.torch.transmission, landauer.jax.transmission
try:
    landauer.transmission([[1.0, 2.0], [3.0, 4.0]], 0.0)
except landauer.SystemError as error:
    category: str = error.category
