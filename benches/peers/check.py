#!/usr/bin/env python3
"""Holds the networks against the reference tensors of the papers' public code.

    check.py FOLDER_OF_REFERENCES
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

from networks import Dgm, Fanogan, HealthyGan, Squid

failures = 0


def report(name, error, tolerance):
    global failures
    good = error <= tolerance
    failures += not good
    print(f"{'ok    ' if good else 'WRONG '} {name}: {error:.2e} (at most {tolerance:.0e})")


def against_digest(name, tensor, digest, tolerance):
    flat, entry = tensor.detach().flatten(), digest[name]
    assert list(tensor.shape) == entry["shape"], (name, tensor.shape, entry["shape"])
    samples = torch.tensor(entry["samples"])
    found = flat[:: entry["stride"]][: len(samples)]
    report(name, (found - samples).abs().max().item(), tolerance)
    error = abs(flat.double().sum().item() - entry["sum"]) / max(entry["abssum"], 1e-12)
    report(f"{name} (sum, relative)", error, 1e-4)


def difference(name, found, expected, tolerance):
    report(name, (found - expected).abs().max().item(), tolerance)


def squid(folder):
    digest = json.loads((folder / "squid_full.digest.json").read_text())
    film = load_file(folder / "squid_full.input.safetensors")["input"]
    network = Squid()
    named = set(network.state_dict())
    public = json.loads((folder / "squid_full.state_dict_keys.json").read_text())
    print("names as in the public code:", named == set(public))
    taps = {}
    network.G.inpaint_block.attention.register_forward_hook(
        lambda _, __, y: taps.update({"inpaint.attn_out": y[None]})
    )
    network.G.inpaint_block.register_forward_hook(
        lambda _, __, y: taps.update({"inpaint.out": y})
    )
    student, teacher, fake, _ = network(film)
    against_digest("inpaint.attn_out", taps["inpaint.attn_out"], digest, 1e-4)
    against_digest("inpaint.out", taps["inpaint.out"], digest, 1e-4)
    against_digest("recon", student, digest, 2e-5)
    against_digest("teacher_recon", teacher, digest, 3e-5)
    against_digest("disc.recon.logit_train_b1", fake, digest, 2e-4)
    against_digest("disc.real.logit_train_b1", network.D(film), digest, 2e-4)


def healthygan(folder):
    digest = json.loads((folder / "healthygan_full.digest.json").read_text())
    film = load_file(folder / "healthygan_full.input.safetensors")["input_1ch"]
    film = film.repeat(1, 3, 1, 1)
    network = HealthyGan(64)
    public = json.loads((folder / "healthygan_full.state_dict_keys.json").read_text())
    public = {name for name in public if name.startswith("G.")}
    print("names as in the public code:", set(network.state_dict()) == public)
    healthy, mask, score = network(film)
    against_digest("instance.raw_image", network.G(film)[:, :3], digest, 2e-4)
    against_digest("instance.healthy", healthy, digest, 1e-4)
    against_digest("instance.mask", mask, digest, 5e-5)
    against_digest("instance.score", score, digest, 1e-6)


def load(network, tensors, parts):
    for part in parts:
        prefix = f"w.{part}."
        own = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
        missing, unexpected = getattr(network, part).load_state_dict(own, strict=False)
        missing = [name for name in missing if not name.endswith("num_batches_tracked")]
        assert not missing and not unexpected, (part, missing, unexpected)


def fanogan(folder):
    tensors = load_file(folder / "fanogan_resnet_official_64_c1_dim16.safetensors")
    network = Fanogan(16)
    load(network, tensors, ["G", "D", "E"])
    copy, score = network(tensors["in.x"])
    difference("fanogan recon", copy, tensors["out.recon"], 1e-4)
    difference("fanogan G(z)", network.G(tensors["in.z"]), tensors["out.G_of_in_z"], 1e-4)
    difference("fanogan D(x)", network.D(tensors["in.x"])[:, 0], tensors["out.D_of_x"], 1e-3)
    expected = tensors["out.anomaly_score"]
    report("fanogan score (relative)", ((score - expected) / expected).abs().max().item(), 1e-4)


def dgm(folder):
    tensors = load_file(folder / "dgm_ours_64_dim16.safetensors")
    network = Dgm(16)
    load(network, tensors, ["EG", "DG", "EF", "DF"])
    normal, residue = network(tensors["in.z"])
    difference("dgm c_z", network.EG(tensors["in.z"]), tensors["out.c_z"], 1e-3)
    difference("dgm c_s", network.EF(tensors["in.z"]), tensors["out.c_s"], 1e-3)
    difference("dgm y", normal, tensors["out.y"], 1e-4)
    difference("dgm a", residue, tensors["out.a"], 1e-4)


if __name__ == "__main__":
    with torch.no_grad():
        for check in (squid, healthygan, fanogan, dgm):
            check(Path(sys.argv[1]))
    sys.exit(failures > 0)
