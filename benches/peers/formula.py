"""Weights computed from their names: the same function as `src/models/formula.rs`, so that both
sides of a comparison compute the same numbers without a weights file."""

import numpy as np
import torch


def _hash(name: str) -> int:
    """FNV-1a, 64 bits."""
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def _noise(name: str, count: int) -> np.ndarray:
    """`count` numbers in [-1, 1), exact in f32: the splitmix64 finaliser over a counter."""
    z = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z += np.uint64(_hash(name))
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return (z >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-23) - np.float32(1)


def _last_match(rules, name, default):
    matching = [value for part, value in rules if part in name]
    return matching[-1] if matching else default


def weight(prefix: str, name: str, shape, gains=(), memories=()) -> torch.Tensor:
    """One weight: uniform noise from the full name, scaled by its role."""
    full, count = prefix + name, int(np.prod(shape))
    v = _noise(full, count)
    if name.endswith("running_mean"):
        v *= np.float32(0.1)
    elif name.endswith("running_var"):
        v = np.float32(1) + np.float32(0.4) * v
    elif name.endswith("memMatrix"):
        v *= np.float32(_last_match(memories, name, 0.05))
    elif name.endswith("bias"):
        v *= np.float32(0.05)
    elif len(shape) == 1:
        v = np.float32(1) + np.float32(0.2) * v
    else:
        inputs = count // max(shape[0], 1)
        v *= np.float32((3 * _last_match(gains, full, 2.0) / inputs) ** 0.5)
    return torch.from_numpy(v.reshape(shape))


def fill(module: torch.nn.Module, prefix: str, gains=(), memories=()) -> torch.nn.Module:
    """Fills a module's whole state dict and sets it to evaluation."""
    state = module.state_dict()
    for name, tensor in state.items():
        if not name.endswith("num_batches_tracked"):
            tensor.copy_(weight(prefix, name, tuple(tensor.shape), gains, memories))
    return module.eval()
