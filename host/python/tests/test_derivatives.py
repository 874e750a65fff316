"""Transmissions that PyTorch and JAX differentiate."""

import subprocess
import sys

import numpy as np
import pytest

import landauer

ENERGIES = [0.1, -0.7]


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="PyTorch is not installed")


@pytest.fixture
def jax():
    jax = pytest.importorskip("jax", reason="JAX is not installed")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield jax
    jax.config.update("jax_enable_x64", before)


@pytest.fixture
def weighted(strips):
    """Weights of each T, and the derivative of their sum, from the maps."""
    weights = np.random.default_rng(2).normal(size=(len(strips), len(ENERGIES)))
    gradient = landauer.maps(strips, ENERGIES, "gradient").gradient
    return weights, np.einsum("se,sexy->sxy", weights, gradient)


def test_neither_is_loaded_before_it_is_used():
    code = "import sys, landauer; from landauer import *; assert not {'torch', 'jax'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
    for name in ("torch", "jax"):
        code = f"import sys; sys.modules['{name}'] = None; import landauer; landauer.{name}.transmission"
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert f"UsageError: landauer.{name} needs" in run.stderr
    with pytest.raises(AttributeError, match="no attribute 'tensorflow'"):
        _ = landauer.tensorflow


def test_torch_has_the_values_and_the_derivatives(torch, strips, weighted):
    weights, gradient = weighted
    plain = torch.tensor(strips)
    onsite = plain.clone().requires_grad_()
    expected = landauer.transmission(strips, ENERGIES)
    for given in (plain, onsite):
        np.testing.assert_array_equal(landauer.torch.transmission(given, ENERGIES).detach().numpy(), expected)
    assert not landauer.torch.transmission(plain, ENERGIES).requires_grad
    # On top of other steps, of another layout, in parts.
    T = landauer.torch.transmission((2 * onsite).transpose(0, 1).reshape(5, 2, 3, 4).permute(1, 2, 0, 3) / 2, ENERGIES)
    assert T.shape == (2, 3, 2)
    (T.reshape(6, 2) * torch.tensor(weights)).sum().backward()
    np.testing.assert_allclose(onsite.grad.numpy(), gradient, rtol=0, atol=1e-12)
    alone = landauer.torch.transmission(plain[0], torch.tensor(0.1, dtype=torch.float64), threads=1)
    assert alone.shape == () and alone.item() == expected[0, 0]
    assert landauer.torch.transmission(plain[:0], ENERGIES).shape == (0, 2)


def test_torch_checks_the_derivatives(torch, strips):
    for energies in (0.3, ENERGIES):
        onsite = torch.tensor(strips[:2], requires_grad=True)
        assert torch.autograd.gradcheck(lambda onsite: landauer.torch.transmission(onsite, energies), (onsite,))


def test_torch_keeps_types(torch, strips, weighted):
    weights, gradient = weighted
    for dtype, digits in ((torch.float32, 1e-5), (torch.bfloat16, 0.1)):
        # Numbers that both types have.
        onsite = torch.tensor(strips).to(dtype).requires_grad_()
        exact = onsite.detach().double().numpy()
        T = landauer.torch.transmission(onsite, ENERGIES)
        assert T.dtype == dtype
        assert torch.equal(T.detach(), torch.tensor(landauer.transmission(exact, ENERGIES)).to(dtype))
        (T * torch.tensor(weights).to(dtype)).sum().backward()
        assert onsite.grad.dtype == dtype
        expected = np.einsum("se,sexy->sxy", weights, landauer.maps(exact, ENERGIES, "gradient").gradient)
        np.testing.assert_allclose(onsite.grad.double().numpy(), expected, rtol=0, atol=digits)


def test_torch_refuses_what_has_no_derivative(torch, strips):
    onsite = torch.tensor(strips, requires_grad=True)
    # The weights of the sum are constants, which PyTorch's own guard against this would let pass.
    (slope,) = torch.autograd.grad(landauer.torch.transmission(onsite).sum(), onsite, create_graph=True)
    with pytest.raises(landauer.UsageError, match="can be differentiated once"):
        slope.square().sum().backward()
    with pytest.raises(landauer.InputError, match="energies require a gradient"):
        landauer.torch.transmission(onsite, torch.tensor(0.1, requires_grad=True))
    with pytest.raises(landauer.InputError, match="type ndarray, and a tensor is needed"):
        landauer.torch.transmission(strips)
    for wrong in (torch.zeros(3, 3, dtype=torch.int64), torch.zeros(3, 3, dtype=torch.complex128)):
        with pytest.raises(landauer.InputError, match="real floating-point numbers are needed"):
            landauer.torch.transmission(wrong)
    with pytest.raises(landauer.InputError, match=r"onsite\[1, 0, 2\] is nan"):
        onsite.data[1, 0, 2] = np.nan
        landauer.torch.transmission(onsite)
    # Changed between both passes: what PyTorch says of its own functions.
    onsite = torch.zeros(3, 3, requires_grad=True)
    middle = onsite * 1
    T = landauer.torch.transmission(middle)
    middle += 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        T.backward()


def test_jax_has_the_values_and_the_derivatives(jax, strips, weighted):
    weights, gradient = weighted
    expected = landauer.transmission(strips, ENERGIES)

    def transmission(onsite):
        return landauer.jax.transmission(onsite, ENERGIES)

    def total(onsite):
        return (transmission(onsite) * weights).sum()

    for found in (transmission, jax.jit(transmission), jax.vmap(transmission), jax.jit(jax.vmap(transmission))):
        np.testing.assert_array_equal(found(strips), expected)
    nested = jax.vmap(jax.vmap(transmission))(strips.reshape(2, 3, 5, 4))
    np.testing.assert_array_equal(nested, expected.reshape(2, 3, 2))
    for slope in (jax.grad(total), jax.jit(jax.grad(total))):
        np.testing.assert_allclose(slope(strips), gradient, rtol=0, atol=1e-12)
    value, slope = jax.value_and_grad(total)(strips)
    assert value == total(strips)
    exact = landauer.maps(strips, ENERGIES, "gradient").gradient
    for each in (jax.jacrev, jax.jacfwd):
        np.testing.assert_allclose(jax.jit(jax.vmap(each(transmission)))(strips), exact, rtol=0, atol=1e-12)
    assert landauer.jax.transmission(strips[0], 0.1, threads=1) == expected[0, 0]
    assert landauer.jax.transmission(strips[:0], ENERGIES).shape == (0, 2)


def test_jax_checks_the_derivatives(jax, strips):
    from jax.test_util import check_grads

    for energies in (0.3, ENERGIES):
        check_grads(lambda onsite: landauer.jax.transmission(onsite, energies), (strips[:2],), order=1)


def test_jax_keeps_types(jax, strips):
    single = strips.astype(np.float32)
    expected = landauer.transmission(single, ENERGIES).astype(np.float32)
    for enabled in (True, False):
        jax.config.update("jax_enable_x64", enabled)
        found = landauer.jax.transmission(single, ENERGIES)
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, expected)
        slope = jax.grad(lambda onsite: landauer.jax.transmission(onsite).sum())(single)
        exact = landauer.maps(single, 0.0, "gradient").gradient
        np.testing.assert_allclose(slope, exact, rtol=0, atol=1e-5)
    with pytest.raises(landauer.InputError, match="which JAX would round to f32"):
        landauer.jax.transmission(strips)


def test_jax_refuses_what_has_no_derivative(jax, strips):
    transmission = landauer.jax.transmission
    with pytest.raises(landauer.UsageError, match="can be differentiated once"):
        jax.hessian(transmission)(strips[0])
    with pytest.raises(landauer.InputError, match="energies are traced by JAX"):
        jax.jit(transmission)(strips, 0.1)
    assert jax.jit(transmission, static_argnames="energies")(strips, energies=0.1).shape == (6,)
    with pytest.raises(landauer.InputError, match="real floating-point numbers are needed"):
        transmission(np.zeros((3, 3), dtype=int))
    with pytest.raises(landauer.InputError, match="onsite has 1 axis"):
        jax.jit(transmission)(np.zeros(3))
    strips[1, 0, 2] = np.nan
    with pytest.raises(landauer.InputError, match=r"onsite\[1, 0, 2\] is nan"):
        transmission(strips)
    with pytest.raises(Exception, match=r"onsite\[1, 0, 2\] is nan"):
        jax.block_until_ready(jax.jit(transmission)(strips))
