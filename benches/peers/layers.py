#!/usr/bin/env python3
"""Times single convolutions of the networks in ONNX Runtime: targets for a kernel, layer by layer.

    layers.py [--threads 1] [--runs 30]
"""

import argparse
import io

import onnxruntime
import torch
from torch import nn

from timing import summary, table, time_calls

# What, images, channels in, side in, channels out, kernel, stride; a transposed one by a negative
# stride.
LAYERS = [
    ("squid enters, 4 patches", 4, 1, 64, 32, 3, 1),
    ("squid level 0", 4, 32, 64, 32, 3, 1),
    ("squid level 0 to 1", 4, 32, 64, 64, 3, 2),
    ("squid level 1", 4, 64, 32, 64, 3, 1),
    ("squid level 2", 4, 128, 16, 128, 3, 1),
    ("squid level 3", 4, 256, 8, 256, 3, 1),
    ("squid level 4", 4, 512, 4, 512, 3, 1),
    ("squid up 0", 4, 768, 8, 256, 3, 1),
    ("squid up 1", 4, 384, 16, 128, 3, 1),
    ("squid up 2", 1, 128, 64, 64, 3, 1),
    ("squid up 3", 1, 64, 128, 32, 3, 1),
    ("squid up 3, later", 1, 32, 128, 32, 3, 1),
    ("squid out", 1, 32, 128, 1, 1, 1),
    ("squid discriminator", 1, 16, 64, 32, 5, 2),
    ("dgm enters", 1, 1, 128, 32, 7, 1),
    ("dgm down", 1, 32, 128, 64, 4, 2),
    ("dgm residual", 1, 128, 32, 128, 3, 1),
    ("dgm up 0", 1, 128, 64, 64, 5, 1),
    ("dgm up 1", 1, 64, 128, 32, 5, 1),
    ("dgm out", 1, 32, 128, 1, 7, 1),
    ("healthygan up", 1, 128, 32, 64, 4, -2),
    ("fanogan 64²", 1, 64, 64, 64, 3, 1),
    ("fanogan 8²", 1, 512, 8, 512, 3, 1),
]


def session_of(layer, film, threads):
    file = io.BytesIO()
    torch.onnx.export(layer, (film,), file, input_names=["x"], opset_version=18, dynamo=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(file.getvalue(), options, ["CPUExecutionProvider"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--runs", type=int, default=30)
    options = parser.parse_args()
    rows = []
    for what, n, i, side, o, k, stride in LAYERS:
        film = torch.randn(n, i, side, side)
        if stride < 0:
            layer = nn.ConvTranspose2d(i, o, k, -stride, (k - 1) // 2)
            macs = n * side * side * i * o * k * k
        else:
            layer = nn.Conv2d(i, o, k, stride, (k - 1) // 2)
            macs = n * (side // stride) ** 2 * i * o * k * k
        session, feed = session_of(layer.eval(), film, options.threads), {"x": film.numpy()}
        result = time_calls(lambda: session.run(None, feed), options.runs)
        times = summary(result["runs_ms"])
        rows.append(
            [
                what,
                f"{n}×{i}×{side}² → {o}, k{k}" + (f" s{abs(stride)}" if abs(stride) > 1 else "")
                + (" transposed" if stride < 0 else ""),
                f"{macs / 1e6:.0f}",
                f"{times['min_ms']:.3f}",
                f"{times['median_ms']:.3f}",
                f"{result['cpu_ms']:.3f}",
                f"{macs / result['cpu_ms'] / 1e6:.0f}",
            ]
        )
    header = ["layer", "shape", "MMAC", "min ms", "median ms", "CPU ms", "GMAC per CPU-s"]
    print(f"ONNX Runtime {onnxruntime.__version__}, f32, {options.threads} thread(s), bias included\n")
    print(table(header, rows))


if __name__ == "__main__":
    main()
