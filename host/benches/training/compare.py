"""Our training steps beside JAX's and PyTorch's: one core, the same networks, the same run.

Started by host/benches/training/run; `--help` says what can be chosen. All three train the paper's CNN
(convolutions as products) and its DNN 3x3000 in f32 with mean squared error and Adam, and take turns in
rounds, so that what else the machine does falls on all of them. A round is told in samples per second
of CPU time, the result is the median over rounds.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

PEER = pathlib.Path(__file__).with_name("peer.py")


class Side:
    """A process that trains when it is told to."""

    def __init__(self, name, command):
        self.name = name
        self.rates = []
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def round(self, seconds):
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"{self.name} ended without an answer")
        self.rates.append(float(answer))

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--networks", default="cnn,dnn", help="cnn, dnn or both (default: both)")
    parser.add_argument("--batches", default="32,128", help="batch sizes (default: 32,128)")
    parser.add_argument("--peers", default="jax,torch", help="jax, torch or both (default: both)")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0, help="CPU time of a round (default: 1)")
    parser.add_argument("--core", type=int, default=min(os.sched_getaffinity(0)), help="which core (default: the first)")
    parser.add_argument("--json", help="also write the results here")
    chosen = parser.parse_args()
    os.sched_setaffinity(0, {chosen.core})
    results = []
    print(f"{'network':8} {'batch':>5} " + "".join(f"{name:>12}" for name in ["ours", *chosen.peers.split(",")]) + "  ratio")
    for network in chosen.networks.split(","):
        for batch in chosen.batches.split(","):
            sides = [Side("ours", [chosen.program, network, batch])]
            for peer in chosen.peers.split(","):
                sides.append(Side(peer, [sys.executable, str(PEER), peer, network, batch]))
            for _ in range(chosen.rounds):
                for side in sides:
                    side.round(chosen.seconds)
            for side in sides:
                side.end()
            rates = {side.name: statistics.median(side.rates) for side in sides}
            ratios = {name: rates["ours"] / rate for name, rate in rates.items() if name != "ours"}
            told = ", ".join(f"{ratio:.2f} x {name}" for name, ratio in ratios.items())
            print(f"{network:8} {batch:>5} " + "".join(f"{rate:12.0f}" for rate in rates.values()) + f"  {told}", flush=True)
            results.append({"network": network, "batch": int(batch), "samples_per_second": rates, "rounds": {side.name: side.rates for side in sides}})
    if chosen.json:
        pathlib.Path(chosen.json).write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
