#!/usr/bin/env python3
"""Writes the networks as ONNX, one file per network and batch size, and checks that ONNX Runtime
computes the same from them as PyTorch does.

    export.py FOLDER [--batch 1 8]
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from networks import NETWORKS, build, films

OPSET = 18


def path_of(folder, name, batch):
    return Path(folder) / f"{name}-b{batch}.onnx"


def export(folder, name, batch):
    """Writes one file with a fixed batch, so that the runtime can fold every shape."""
    path, network, film = path_of(folder, name, batch), build(name), films(name, batch)
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        network, (film,), str(path), input_names=["film"], opset_version=OPSET, dynamo=False
    )
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    found = session.run(None, {"film": film.numpy()})
    expected = [output.numpy() for output in network(film)]
    worst = max(np.abs(a - b).max() for a, b in zip(found, expected))
    print(f"{path.name}: {path.stat().st_size / 2**20:.0f} MiB, within {worst:.1e} of PyTorch")
    assert np.isfinite(worst) and worst < 1e-3, "the exported network computes something else"
    return path


def exported(folder, name, batch):
    """The file, made when it is not there yet."""
    path = path_of(folder, name, batch)
    return path if path.exists() else export(folder, name, batch)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 8])
    options = parser.parse_args()
    with torch.no_grad():
        for name in NETWORKS:
            for batch in options.batch:
                export(options.folder, name, batch)
