"""Training steps of the paper's networks in JAX or PyTorch, timed like host/learn/benches/time_training.rs.

    peer.py jax|torch cnn|dnn BATCH

For each line of the standard input, a number of seconds, it trains for that long and prints samples
per second of CPU time. Convolutions whose stride is their kernel are a reshape and a product, which is
faster than conv2d in both. A step starts from rows of NumPy and does mean squared error and Adam 1e-3;
JAX compiles all of it into one function whose old parameters it may overwrite.
"""
import os

# One thread everywhere; read when the libraries are loaded, so before anything is imported.
os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

import sys
import time

import numpy as np

# Inputs and outputs of the matrices; a convolution has as many rows as there are patches.
LAYERS = {
    "cnn": [(4, 16), (64, 16), (64, 16), (400, 1024), (1024, 1)],
    "dnn": [(1600, 3000), (3000, 3000), (3000, 3000), (3000, 1)],
}
SITES = 1600
BATCHES = 8


def weights(network, random):
    for inputs, outputs in LAYERS[network]:
        limit = (6 / (inputs + outputs)) ** 0.5
        yield random.uniform(-limit, limit, (inputs, outputs)).astype(np.float32), np.zeros(outputs, np.float32)


def forward(parameters, x, relu):
    batch = x.shape[0]
    for weight, bias in parameters[:-1]:
        x = relu(x.reshape(-1, weight.shape[0]) @ weight + bias)
    weight, bias = parameters[-1]
    return (x.reshape(batch, -1) @ weight + bias)[:, 0]


def jax_step(network, random):
    import jax
    import optax

    parameters = [tuple(map(jax.numpy.asarray, layer)) for layer in weights(network, random)]
    adam = optax.adam(1e-3)
    state = adam.init(parameters)

    def loss(parameters, x, y):
        return jax.numpy.mean((forward(parameters, x, jax.nn.relu) - y) ** 2)

    def update(parameters, state, x, y):
        value, gradient = jax.value_and_grad(loss)(parameters, x, y)
        change, state = adam.update(gradient, state, parameters)
        return optax.apply_updates(parameters, change), state, value

    update = jax.jit(update, donate_argnums=(0, 1))

    def step(x, y):
        nonlocal parameters, state
        parameters, state, value = update(parameters, state, x, y)
        value.block_until_ready()

    return step


def torch_step(network, random):
    import torch

    torch.set_num_threads(1)
    parameters = [
        tuple(torch.from_numpy(part).requires_grad_() for part in layer) for layer in weights(network, random)
    ]
    flat = [part for layer in parameters for part in layer]
    adam = torch.optim.Adam(flat, lr=1e-3, fused=True)

    def step(x, y):
        adam.zero_grad(set_to_none=True)
        loss = ((forward(parameters, torch.from_numpy(x), torch.relu) - torch.from_numpy(y)) ** 2).mean()
        loss.backward()
        adam.step()

    return step


def main():
    library, network, batch = sys.argv[1], sys.argv[2], int(sys.argv[3])
    random = np.random.default_rng(1)
    step = {"jax": jax_step, "torch": torch_step}[library](network, random)
    data = [
        (random.integers(0, 2, (batch, SITES)).astype(np.float32), random.random(batch, np.float32))
        for _ in range(BATCHES)
    ]
    for x, y in data:
        step(x, y)
    for line in sys.stdin:
        seconds = float(line)
        start = time.process_time()
        steps, taken = 0, 0.0
        while taken < seconds:
            step(*data[steps % BATCHES])
            steps += 1
            taken = time.process_time() - start
        print(steps * batch / taken, flush=True)


if __name__ == "__main__":
    main()
