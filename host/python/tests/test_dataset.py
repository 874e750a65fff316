"""Data sets: what was generated is read, in any order; refusals; damage."""

import pathlib
import pickle
import sys

import numpy as np
import pytest

import landauer


@pytest.mark.parametrize("model", [1, 4])
def test_a_dataset_is_its_ensemble_and_its_conductances(datasets, model):
    data = landauer.open(datasets[model].path)
    strips = data.ensemble[0:50]
    assert data.samples == len(data) == 50 and data.size == (5, 4) and data.is_complete
    assert np.array_equal(data.onsite[...], strips) and np.array_equal(np.asarray(data.onsite), strips)
    assert data.onsite.shape == (50, 5, 4) and data.onsite.ndim == 3 and data.onsite.nbytes == 8000
    expected = landauer.transmission(strips, data.energies)
    assert np.abs(data.transmission[:] - expected).max() < 1e-11
    assert np.array_equal(data.g, data.transmission[:, 0])
    assert np.allclose(data.g_bar, landauer.conductance(strips), atol=1e-11)
    assert data.bias == 0.36 and len(data.energies) == 11 and data.fallbacks.shape == (50,)
    if model == 4:
        assert np.array_equal(np.array([0.0, *data.ensemble.species])[data.species[:]], strips)
        assert np.array_equal(data.concentration, data.ensemble.concentrations(0, 50))
    else:
        for name in ("species", "concentration"):
            with pytest.raises(landauer.UsageError, match="no impurities"):
                getattr(data, name)


INDICES = [
    3,
    -1,
    np.int64(7),
    slice(3, 20),
    slice(None, None, 7),
    slice(None, None, -1),
    slice(40, 60),
    slice(9, 3),
    [5, 3, 49, 3],
    np.array([-1, 0], dtype=np.int32),
    [],
    np.arange(50) % 3 == 0,
    (slice(3, 5), 2),
    (4, slice(None), 1),
    ([1, 2], slice(1, 3), slice(None, None, 2)),
    (Ellipsis, 0),
    Ellipsis,
    (slice(0, 2), Ellipsis, 1),
    (slice(0, 2), None),
]


@pytest.mark.parametrize("index", INDICES, ids=lambda index: repr(index)[:40])
def test_arrays_are_indexed_as_numpys(datasets, index):
    for data in datasets.values():
        whole = np.asarray(data.onsite)
        # NumPy takes an empty list for one of floats.
        found, expected = data.onsite[index], whole[np.empty(0, int) if isinstance(index, list) and not index else index]
        assert np.array_equal(found, expected) and found.dtype == expected.dtype


def test_indices_out_of_range_are_refused(datasets):
    onsite = datasets[1].onsite
    for index in (50, -51, [0, 50], [-51], [True], [0.5], "a", [[1]]):
        with pytest.raises((IndexError, TypeError)):
            onsite[index]


def test_arrays_take_part_in_arithmetic(datasets):
    onsite = datasets[1].onsite
    assert np.array_equal(onsite * 2 + 1, onsite[:] * 2 + 1)
    assert np.abs(onsite).max() == np.abs(onsite[:]).max()
    assert np.mean(onsite) == onsite[:].mean()
    for name in ("mean", "T", "astype", "reshape", "sum"):
        assert not hasattr(onsite, name)
        with pytest.raises(AttributeError, match=rf"take onsite\[:\]\.{name}, or that of some samples"):
            getattr(onsite, name)
    with pytest.raises(AttributeError, match="'LazyArray' object has no attribute 'men'"):
        onsite.men
    assert repr(onsite) == "<landauer array onsite, (50, 5, 4), float64: index it to read>"


def test_batches_go_once_through(datasets):
    data = datasets[4]
    parts = list(data.batches(16))
    assert [len(onsite) for onsite, _ in parts] == [16, 16, 16, 2]
    assert np.array_equal(np.concatenate([onsite for onsite, _ in parts]), data.onsite[:])
    assert np.array_equal(np.concatenate([g_bar for _, g_bar in parts]), data.g_bar)
    shuffled = [target for _, target in data.batches(16, shuffle=True, seed=1, target="g")]
    again = [target for _, target in data.batches(16, shuffle=True, seed=1, target="g")]
    assert np.array_equal(np.concatenate(shuffled), np.concatenate(again))
    assert not np.array_equal(np.concatenate(shuffled), data.g)
    assert np.array_equal(np.sort(np.concatenate(shuffled)), np.sort(data.g))
    assert [len(onsite) for onsite, _ in data.batches(16, drop_last=True)] == [16, 16, 16]
    onsite, target = next(data.batches(4, target="transmission", dtype=np.float32))
    assert onsite.dtype == target.dtype == np.float32 and target.shape == (4, 11)
    for options in ({"size": 0}, {"target": "T"}):
        with pytest.raises(landauer.UsageError):
            data.batches(**options)


def test_generate_resumes_extends_and_refuses(ensemble, tmp_path):
    path = tmp_path / "own" / "d.zarr"
    calls = []
    first = landauer.generate(ensemble, path, 20, energies=[0.3], chunk_samples=8, progress=lambda *c: calls.append(c))
    assert calls[-1] == (24, 24) and first.samples == 20
    with pytest.raises(landauer.UsageError, match="E = 0"):
        first.g
    with pytest.raises(landauer.UsageError, match="no bias"):
        first.g_bar
    longer = landauer.generate(ensemble, path, samples=30, energies=[0.3], chunk_samples=8)
    assert np.array_equal(longer.transmission[:20], first.transmission[:])
    assert longer.bias is None and longer.ensemble == ensemble
    for options, kind, words in (
        ({"samples": 10}, landauer.RefusedError, "30 samples"),
        ({"samples": 30, "chunk_samples": 4}, landauer.RefusedError, "another configuration"),
        ({"samples": 0}, landauer.UsageError, "at least 1"),
        ({"samples": 30, "shard": (3, 2)}, landauer.UsageError, "shard"),
        ({"samples": None}, landauer.UsageError, "samples=1000"),
        ({"samples": 5, "bias": -1.0}, landauer.UsageError, "bias"),
        ({"samples": 5, "solver": "x"}, landauer.UsageError, "auto"),
    ):
        with pytest.raises(kind, match=words):
            landauer.generate(ensemble, path, **{"energies": [0.3], "chunk_samples": 8, **options})


def test_shards_together_are_the_whole(ensemble, tmp_path):
    one = landauer.generate(ensemble, tmp_path / "one.zarr", 20, chunk_samples=4)
    for part in (1, 0):
        shared = landauer.generate(ensemble, tmp_path / "two.zarr", 20, chunk_samples=4, shard=(part, 2))
        assert shared.is_complete == (part == 0)
        if part == 1:
            with pytest.raises(landauer.DamagedError, match="incomplete"):
                shared.onsite[0]
    assert np.array_equal(shared.g_bar, one.g_bar)


def test_own_strips_become_a_dataset(strips, tmp_path):
    data = landauer.generate(strips, tmp_path / "own.zarr", energies=0.0)
    assert np.array_equal(data.onsite[:], strips) and data.ensemble is None
    assert np.allclose(data.g, landauer.transmission(strips), atol=1e-11)
    strips[0, 0, 0] = np.nan
    with pytest.raises(landauer.InputError, match=r"^onsite\[0, 0, 0\] is nan: .*must be finite"):
        landauer.generate(strips, tmp_path / "bad.zarr", energies=0.0)
    strips[0, 0, 0] = 2e300
    with pytest.raises(landauer.InputError, match=r"^onsite\[0, 0, 0\] is 2e300"):
        landauer.generate(strips, tmp_path / "bad.zarr", energies=0.0)
    with pytest.raises(landauer.UsageError, match="samples is 7, and onsite has 6 strips"):
        landauer.generate(strips, tmp_path / "bad.zarr", 7, energies=0.0)
    assert not (tmp_path / "bad.zarr").exists()


def test_what_is_no_dataset(tmp_path):
    with pytest.raises(landauer.InputError, match="does not hold a data set"):
        landauer.open(tmp_path)
    with pytest.raises(landauer.SystemError, match="No such file"):
        landauer.open(tmp_path / "nothing")
    (tmp_path / "file").write_text("x")
    with pytest.raises(landauer.RefusedError, match="nothing was changed"):
        landauer.generate(landauer.Ensemble(length=2, width=2), tmp_path / "file", 5)


def test_damage_is_seen_whatever_was_read_before(ensemble, tmp_path):
    data = landauer.generate(ensemble, tmp_path / "d.zarr", 20, chunk_samples=8)
    chunk = pathlib.Path(data.path) / "species" / "c" / "1" / "0" / "0"
    good = chunk.read_bytes()
    chunk.write_bytes(bytes([good[0] ^ 1]) + good[1:])
    data.onsite[0:8]
    with pytest.raises(landauer.DamagedError, match="its checksum is wrong.*recomputes it"):
        data.onsite[8]
    chunk.unlink()
    with pytest.raises(landauer.DamagedError, match="incomplete"):
        data.onsite[8:]
    landauer.generate(ensemble, tmp_path / "d.zarr", 20, chunk_samples=8)
    assert np.array_equal(data.onsite[:], ensemble[0:20])
    root = pathlib.Path(data.path) / "zarr.json"
    root.write_text(root.read_text().replace('"seed": 3', '"seed": 4'))
    with pytest.raises(landauer.DamagedError, match="checksum"):
        landauer.open(data.path)


def test_many_strips_are_read_as_a_few(tmp_path):
    ensemble = landauer.Ensemble(model=4, length=40, width=40, concentration=0.001, seed=1)
    data = landauer.generate(ensemble, tmp_path / "large.zarr", 700, energies=0.0)
    assert np.array_equal(data.onsite[:], ensemble[0:700])
    chunk = pathlib.Path(data.path) / "species" / "c" / "1" / "0" / "0"
    chunk.write_bytes(chunk.read_bytes()[:-1])
    with pytest.raises(landauer.DamagedError):
        landauer.open(data.path).onsite[:]


def test_a_dataset_is_found_again_after_pickling(datasets):
    copy = pickle.loads(pickle.dumps(datasets[1]))
    assert np.array_equal(copy.onsite[3], datasets[1].onsite[3])
    for name in ("onsite", "species", "transmission"):
        array = getattr(datasets[4], name)
        again = pickle.loads(pickle.dumps(array))
        assert np.array_equal(again[:], array[:]) and repr(again) == repr(array)


def test_xarray_reads_when_it_is_used(datasets):
    pytest.importorskip("xarray")
    data = datasets[4]
    table = data.to_xarray()
    assert table["onsite"].dims == ("sample", "x", "y") and table["onsite"].attrs["units"] == "t"
    assert np.array_equal(table["onsite"][3:7, :, 1].values, data.onsite[3:7][:, :, 1])
    assert np.array_equal(table["onsite"].isel(sample=[9, 2]).values, data.onsite[[9, 2]])
    nearest = table["transmission"].sel(energy=data.energies[-1])
    assert np.array_equal(nearest.values, data.transmission[:, -1])
    assert np.array_equal(table["g_bar"].values, data.g_bar)
    assert table.attrs["bias"] == 0.36


def test_without_xarray_it_is_asked_for(datasets, monkeypatch):
    monkeypatch.delitem(sys.modules, "landauer._xarray", raising=False)
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(landauer.UsageError, match="needs the package xarray"):
        datasets[4].to_xarray()
