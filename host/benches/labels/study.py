"""Does a network profit from exact gradients, or from densities of states, beside the conductances it learns?

    study.py [--results FILE] [--sides 3,5,10] [--samples 1000,4000,16000,64000] [--seeds 2] ...

Strips of model I, w = 4 t, at E = 0, as in the paper's Fig. 5. One network, three hidden layers of 128 units, learns

  value       G alone;
  relu        G alone, with the ReLU of the paper's networks; all others have SiLU, whose derivative is continuous;
  gradient    G and its derivative by every on-site energy: the derivative of the network is compared with it
              (Sobolev training, W. M. Czarnecki et al., NeurIPS 2017);
  ldos        G and, as further outputs, the local density of states of every site.

Both errors are mean squares, each divided by that of the mean; --weight is the weight of the second. Everything else
is the same: Adam, batches, steps, a rate that falls to 0 as a cosine, and the weights of the step that was best on
2,000 validation strips, which ends the training when 1,200 steps were no better. What is told is the mean absolute error over 20,000 other strips, and that of the median,
which knows nothing of the strip.

A finished run is one line of the CSV file and is not repeated, so that it can be stopped at any time. With --picture
it draws the file and prints a table instead. Started by host/benches/labels/run.
"""
import os

# One thread everywhere; read when the libraries are loaded.
os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import argparse
import csv
import itertools
import math
import pathlib
import time

import numpy as np

import landauer

STRENGTH = 4.0
UNITS = 128
BATCH = 128
LEARNING_RATE = 3e-3
LOOK_EVERY = 20
PATIENCE = 1200
VALIDATION, TEST = 2000, 20_000
VALIDATION_SEED, TEST_SEED, TRAINING_SEED = 11, 12, 100
LABELS = {
    "value": "G alone",
    "relu": "G alone, ReLU",
    "ldos": "G and LDOS",
    "gradient": "G and its gradient",
}
COLUMNS = ("sides", "samples", "labels", "weight", "decay", "seed", "steps", "mae", "median_mae", "best_step", "cpu_seconds")
KEY = COLUMNS[:7]


def solved(side, seed, samples, fields):
    """On-site energies, G, and one map of each strip."""
    ensemble = landauer.Ensemble(1, strength=STRENGTH, length=side, width=side, seed=seed)
    onsite = ensemble[0:samples]
    maps = landauer.maps(onsite, 0.0, fields, threads=1)
    extra = getattr(maps, fields[0]).reshape(samples, -1) if fields else None
    return onsite.reshape(samples, -1), maps.transmission, extra


def network(torch, sites, outputs, activation):
    sizes = [sites, UNITS, UNITS, UNITS]
    layers = [part for pair in zip(sizes, sizes[1:]) for part in (torch.nn.Linear(*pair), activation())]
    return torch.nn.Sequential(*layers, torch.nn.Linear(UNITS, outputs))


def train(side, samples, labels, weight, decay, seed, steps):
    """The mean absolute errors of one training and of the median, and the best step."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    field = [labels] if labels in ("gradient", "ldos") else []
    onsite, g, extra = solved(side, TRAINING_SEED + seed, samples, field)
    centre, spread, scale = g.mean(), g.std(), STRENGTH / math.sqrt(12)

    def tensor(values):
        return torch.tensor(values, dtype=torch.float32)

    inputs, target = tensor(onsite / scale), tensor((g - centre) / spread)
    if labels == "gradient":
        # By the scaled inputs and of the scaled output, so that it is the network's own derivative.
        second = tensor(extra * (scale / spread))
        unit = second.square().sum(1).mean()
    elif labels == "ldos":
        second = tensor((extra - extra.mean(0)) / extra.std(0))
    chosen = network(torch, side * side, 1 + side * side * (labels == "ldos"),
                     torch.nn.ReLU if labels == "relu" else torch.nn.SiLU)
    judge, exact, _ = solved(side, VALIDATION_SEED, VALIDATION, [])
    judge, exact = tensor(judge / scale), tensor(exact)

    def error(strips, exact):
        with torch.no_grad():
            return (chosen(strips)[:, 0] * spread + centre - exact).abs().mean().item()

    adam = torch.optim.AdamW(chosen.parameters(), lr=LEARNING_RATE, weight_decay=decay)
    schedule = torch.optim.lr_scheduler.LambdaLR(adam, lambda step: 0.5 * (1 + math.cos(math.pi * step / steps)))
    batches = itertools.chain.from_iterable(torch.randperm(samples).split(BATCH) for _ in itertools.count())
    best = (math.inf, 0, None)
    for step in range(1, steps + 1):
        batch = next(batches)
        x = inputs[batch].requires_grad_(labels == "gradient")
        found = chosen(x)
        loss = (found[:, 0] - target[batch]).square().mean()
        if labels == "gradient":
            (slope,) = torch.autograd.grad(found.sum(), x, create_graph=True)
            loss = loss + weight * (slope - second[batch]).square().sum(1).mean() / unit
        elif labels == "ldos":
            loss = loss + weight * (found[:, 1:] - second[batch]).square().mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
        schedule.step()
        if step % LOOK_EVERY == 0 or step == steps:
            now = error(judge, exact)
            if now < best[0]:
                best = (now, step, {name: value.clone() for name, value in chosen.state_dict().items()})
            elif step - best[1] >= PATIENCE:
                break
    chosen.load_state_dict(best[2])
    test, exact, _ = solved(side, TEST_SEED, TEST, [])
    return error(tensor(test / scale), tensor(exact)), np.abs(exact - np.median(g)).mean(), best[1]


def read(path):
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def study(chosen, path):
    done = {tuple(row[name] for name in KEY) for row in read(path)}
    # All of one seed before the next, so that what is there when it is stopped can be compared.
    for seed, samples, side, labels in itertools.product(
        range(1, chosen.seeds + 1), chosen.samples, chosen.sides, chosen.labels
    ):
        weight = chosen.weight if labels in ("gradient", "ldos") else 0.0
        key = (side, samples, labels, weight, chosen.decay, seed, chosen.steps)
        if tuple(map(str, key)) in done:
            continue
        begin = time.process_time()
        mae, median, step = train(*key)
        row = (*key, f"{mae:.5f}", f"{median:.5f}", step, f"{time.process_time() - begin:.1f}")
        fresh = not path.exists()
        with path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            if fresh:
                writer.writerow(COLUMNS)
            writer.writerow(row)
        print(*(f"{name} {value}" for name, value in zip(COLUMNS, row)), sep="  ", flush=True)


def draw(path, picture):
    """The errors against the number of training strips: a mark for each run, a line through the means. Prints the
    means as a table, with the smallest and the largest of several seeds."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    found = {}
    medians = {}
    for row in read(path):
        side = int(row["sides"])
        found.setdefault((side, row["labels"]), {}).setdefault(int(row["samples"]), []).append(float(row["mae"]))
        medians.setdefault(side, []).append(float(row["median_mae"]))
    figure, axes = plt.subplots(
        1, len(medians), figsize=(3.1 * len(medians), 3.2), layout="constrained", squeeze=False, sharex=True, sharey=True
    )
    counts = sorted({count for runs in found.values() for count in runs})
    for axis, side in zip(axes[0], sorted(medians)):
        axis.axhline(np.mean(medians[side]), color="0.6", linestyle="--", linewidth=1, label="median")
        for number, (labels, name) in enumerate(LABELS.items()):
            runs = sorted(found.get((side, labels), {}).items())
            if runs:
                means = [(count, np.mean(errors)) for count, errors in runs]
                axis.plot(*zip(*means), color=f"C{number}", linewidth=1.2, label=name)
                marks = [(count, error) for count, errors in runs for error in errors]
                axis.plot(*zip(*marks), "xosD"[number], color=f"C{number}", markersize=4)
        axis.set(title=f"{side} × {side} sites", xlabel="training strips", xscale="log")
        axis.set_xticks(counts, [f"{count:,}" for count in counts])
        axis.minorticks_off()
    axes[0][0].set(ylabel="MAE / G0", ylim=(0, 1.1 * max(map(max, medians.values()))))
    axes[0][-1].legend(loc="lower right")
    figure.savefig(picture, dpi=110)

    def cell(errors):
        if len(errors) < 2:
            return f"{errors[0]:.3f}" if errors else ""
        return f"{np.mean(errors):.3f} ({min(errors):.3f} to {max(errors):.3f}, {len(errors)} seeds)"

    known = [labels for labels in LABELS if any(labels == other for _, other in found)]
    print("| sites | strips | median |", " | ".join(LABELS[labels] for labels in known), "|")
    print("|---|---|---|" + "---|" * len(known))
    for side, samples in sorted({(side, samples) for (side, _), runs in found.items() for samples in runs}):
        cells = [cell(found.get((side, labels), {}).get(samples, [])) for labels in known]
        print(f"| {side} × {side} | {samples} | {np.mean(medians[side]):.3f} |", " | ".join(cells), "|")


def arguments():
    def whole_numbers(text):
        return [int(part) for part in text.split(",")]

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=pathlib.Path, required=True, help="the CSV file")
    parser.add_argument("--sides", type=whole_numbers, default=[3, 5, 10], help="strips of as many sites squared")
    parser.add_argument("--samples", type=whole_numbers, default=[1000, 4000, 16_000, 64_000], help="training strips")
    parser.add_argument("--labels", type=lambda text: text.split(","), default=list(LABELS), help=", ".join(LABELS))
    parser.add_argument("--seeds", type=int, default=2, help="of strips and weights together")
    parser.add_argument("--steps", type=int, default=3000, help="of the optimiser, at most")
    parser.add_argument("--weight", type=float, default=1.0, help="of the second error")
    parser.add_argument("--decay", type=float, default=0.01, help="of the weights, by AdamW")
    parser.add_argument("--picture", type=pathlib.Path, help="draw the file here, and train nothing")
    chosen = parser.parse_args()
    unknown = set(chosen.labels) - set(LABELS)
    if unknown:
        parser.error(f"--labels: {', '.join(sorted(unknown))}: there are {', '.join(LABELS)}")
    return chosen


if __name__ == "__main__":
    chosen = arguments()
    if chosen.picture:
        draw(chosen.results, chosen.picture)
    else:
        study(chosen, chosen.results)
