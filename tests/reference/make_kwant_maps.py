"""Reference maps of single strips from Kwant: where electrons are, where current flows, what every site does to T.

Usage: python make_kwant_maps.py OUT_DIR SEED
Needs: kwant 1.5.0 built with MUMPS, numpy 1.26 (versions used are stored in every file).

Every file holds, for one disordered strip between two clean leads (hopping -t = -1, units of t and G0):
  onsite         f64 [x, y]          on-site energies, x along transport (0 = left), y across
  energies       f64 [energy]
  transmission   f64 [energy]        T(E)
  ldos           f64 [energy, x, y]  -Im G_ii / pi, from both leads (kwant.ldos)
  density_left   f64 [energy, x, y]  (G Gamma_L G^dagger)_ii / 2 pi: states that come from the left lead
  current_x      f64 [energy, x, y]  particle current from site (x, y) to (x + 1, y) of all states that come from
                                     the left, each mode carrying 1: [L - 1, W]; every column sums to T
  current_y      f64 [energy, x, y]  the same from (x, y) to (x, y + 1): [L, W - 1]
  gradient       f64 [energy, x, y]  dT / d onsite, from the dense Green's function
  gradient_check f64 [energy, k]     the same at k sites by central differences of Kwant's T (step 1e-4)
  check_sites    i64 [k, 2]
  dt_de          f64 [energy]        dT / dE by central differences of Kwant's T (step 1e-5)
"""
import json, sys
import numpy as np, scipy, kwant
from make_kwant_reference import strip, model_1, model_n


def dense(onsite, e):
    L, W = onsite.shape
    n = L * W
    h = np.zeros((n, n))
    at = lambda x, y: x * W + y
    for x in range(L):
        for y in range(W):
            h[at(x, y), at(x, y)] = onsite[x, y]
            if x + 1 < L: h[at(x, y), at(x + 1, y)] = h[at(x + 1, y), at(x, y)] = -1
            if y + 1 < W: h[at(x, y), at(x, y + 1)] = h[at(x, y + 1), at(x, y)] = -1
    j = np.arange(1, W + 1)
    phi = np.sqrt(2 / (W + 1)) * np.sin(np.pi * np.outer(j, j) / (W + 1))
    c = -(e + 2 * np.cos(np.pi * j / (W + 1))) / 2
    c = c.astype(complex)
    k = np.arccos(c)
    k = np.where(k.imag < 0, -k, k)
    z = np.exp(1j * k)
    z = np.where((np.abs(z) > 1 + 1e-12), 1 / z, z)
    open_ = np.abs(c.real) < 1
    z = np.where(open_ & (z.imag < 0), z.conj(), z)
    s = (phi * (-z)) @ phi.T
    m = e * np.eye(n, dtype=complex) - h
    m[:W, :W] -= s
    m[-W:, -W:] -= s
    g = np.linalg.inv(m)
    gamma = -2 * s.imag
    gl = g[:, :W] @ gamma @ g[:, :W].conj().T
    gr = g[:, -W:] @ gamma @ g[:, -W:].conj().T
    t = np.trace(gamma @ g[:W, -W:] @ gamma @ g[:W, -W:].conj().T).real
    # dG = G e e^T G, T = Tr[Gamma_L G Gamma_R G^dagger]
    back = g[:, -W:] @ gamma @ g[:W, -W:].conj().T @ gamma          # G Gamma_R G^dagger Gamma_L
    grad = 2 * np.real(np.einsum("ij,ji->i", back, g[:W, :]))
    return t, -g.diagonal().imag / np.pi, gl.diagonal().real / (2 * np.pi), grad, gl, at


def maps(name, onsite, energies, out, rng):
    L, W = onsite.shape
    f = strip(L, W)
    E = len(energies)
    T = np.zeros(E); ldos = np.zeros((E, L, W)); dl = ldos.copy(); grad = ldos.copy()
    jx = np.zeros((E, L - 1, W)); jy = np.zeros((E, L, W - 1)); de = np.zeros(E)
    sites = np.stack([rng.integers(0, L, 4), rng.integers(0, W, 4)], 1)
    check = np.zeros((E, 4))
    place = {s.tag: i for i, s in enumerate(f.sites)}
    sols = lambda e, eps: kwant.smatrix(f, e, params=dict(eps=eps)).transmission(1, 0)
    for n, e in enumerate(energies):
        T[n] = sols(e, onsite)
        t, l, d, g, gl, at = dense(onsite, e)
        kl = kwant.ldos(f, e, params=dict(eps=onsite))
        for x in range(L):
            for y in range(W):
                ldos[n, x, y] = kl[place[(x, y)]]
        assert abs(t - T[n]) < 1e-9, (name, e, t, T[n])
        assert np.abs(l.reshape(L, W) - ldos[n]).max() < 1e-9 * (1 + l.max()), "ldos"
        wf = kwant.wave_function(f, e, params=dict(eps=onsite))(0)
        op = kwant.operator.Current(f)
        cur = sum(op(psi, params=dict(eps=onsite)) for psi in wf) if len(wf) else np.zeros(op.where.shape[0] if hasattr(op, "where") else 0)
        if len(wf):
            for (i, j), v in zip(np.asarray(op.where), cur):
                (a, b), (c, dd) = f.sites[i].tag, f.sites[j].tag      # current from j to i
                if (a, b) == (c + 1, dd): jx[n, c, dd] = v
                if (a, b) == (c, dd + 1): jy[n, c, dd] = v
            dens = (np.abs(wf) ** 2).sum(0) / (2 * np.pi)
            for x in range(L):
                for y in range(W):
                    dl[n, x, y] = dens[place[(x, y)]]
        assert np.abs(d.reshape(L, W) - dl[n]).max() < 1e-9 * (1 + d.max()), "density"
        mine = np.array([[-2 * gl[at(x, y), at(x + 1, y)].imag for y in range(W)] for x in range(L - 1)])
        if L > 1:
            assert np.abs(jx[n].sum(1) - T[n]).max() < 1e-9, ("current", jx[n].sum(1), T[n])
            assert min(np.abs(mine - jx[n]).max(), np.abs(mine + jx[n]).max()) < 1e-8, "bond current"
        grad[n] = g.reshape(L, W)
        for k, (x, y) in enumerate(sites):
            up, down = onsite.copy(), onsite.copy(); up[x, y] += 1e-4; down[x, y] -= 1e-4
            check[n, k] = (sols(e, up) - sols(e, down)) / 2e-4
        assert np.abs(check[n] - grad[n][sites[:, 0], sites[:, 1]]).max() < 1e-4 * (1 + np.abs(check[n]).max()), (name, e, check[n], grad[n][sites[:, 0], sites[:, 1]])
        de[n] = (sols(e + 1e-5, onsite) - sols(e - 1e-5, onsite)) / 2e-5
    np.savez_compressed(f"{out}/{name}.npz", onsite=onsite, energies=energies, transmission=T, ldos=ldos, density_left=dl,
                        current_x=jx, current_y=jy, gradient=grad, gradient_check=check, check_sites=sites, dt_de=de,
                        versions=json.dumps(dict(kwant=kwant.__version__, numpy=np.__version__, scipy=scipy.__version__)))
    print(name, T)


if __name__ == "__main__":
    out, seed = sys.argv[1], int(sys.argv[2])
    r = np.random.default_rng(seed)
    es = np.array([0.05, -0.18, 1.3])
    maps("maps_model1_w4_L3_W3", model_1(r, 3, 3), es, out, r)
    maps("maps_model1_w2_L10_W7", model_1(r, 10, 7, 2.0), es, out, r)
    maps("maps_model1_w4_L20_W20", model_1(r, 20, 20), es, out, r)
    maps("maps_clean_L8_W5", np.zeros((8, 5)), np.array([0.05, 1.3]), out, r)
    maps("maps_model2_L1_W6", model_n(r, 1, 6, 1, 0.5), es, out, r)
    for n in (0.05, 0.2, 0.5):
        maps(f"maps_model2_n{int(100 * n):02d}_L40_W40", model_n(r, 40, 40, 1, n), np.array([0.0, 0.05, -0.18]) if n == 0.05 else es, out, r)
