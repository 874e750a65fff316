"""Examples run, and everything public has some words."""

import doctest
import importlib
import inspect
import pathlib
import pkgutil
import sys
import warnings

import pytest

import landauer

MODULES = [name for _, name, _ in pkgutil.iter_modules(landauer.__path__) if name not in ("_landauer", "__main__")]


@pytest.mark.skipif(sys.version_info < (3, 10), reason="results are printed in the form of newer NumPys")
@pytest.mark.parametrize("name", ["", *MODULES])
def test_examples_run(name):
    if name == "_xarray":
        pytest.importorskip("xarray")
    for other in ("torch", "onnx", "jax"):
        if name.strip("_") == other:
            pytest.importorskip(other)
    module = importlib.import_module(f"landauer.{name}" if name else "landauer")
    failed, _ = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert failed == 0


def test_every_function_and_class_has_an_example():
    public = [*landauer.__all__, "open"]
    public = [(name, getattr(landauer, name)) for name in public if name != "__version__"]
    for name, item in public:
        words = inspect.getdoc(item)
        assert words, name
        # Of exceptions Error has one for all; some are only made by others.
        inner = ("Band", "Localisation", "TargetEvaluation")
        if not (inspect.isclass(item) and issubclass(item, Exception)) and name not in inner:
            assert ">>> " in words, name
        members = vars(item).items() if inspect.isclass(item) else ()
        for member, value in members:
            if not member.startswith("_") and (callable(value) or isinstance(value, property)):
                assert inspect.getdoc(value), f"{name}.{member}"


def _runs(page):
    failed, tried = doctest.testfile(str(page), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert failed == 0 and tried > 10


def test_the_readme_runs():
    _runs(pathlib.Path(__file__).parent.parent / "README.md")


def test_the_page_about_many_machines_runs():
    for other in ("joblib", "dask.distributed", "dask.array"):
        pytest.importorskip(other)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Theirs, about forks and ports.
        _runs(pathlib.Path(__file__).parents[2] / "guide/how-to/python-on-many-machines.md")


def test_the_page_about_maps_runs():
    _runs(pathlib.Path(__file__).parents[2] / "guide/how-to/maps.md")


def test_the_page_about_derivatives_runs():
    for other in ("torch", "jax", "scipy"):
        pytest.importorskip(other)
    _runs(pathlib.Path(__file__).parents[2] / "guide/how-to/differentiate.md")


def test_the_page_about_warm_wires_runs(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)  # It saves a picture.
    _runs(pathlib.Path(__file__).parents[2] / "guide/how-to/warm-wires.md")
