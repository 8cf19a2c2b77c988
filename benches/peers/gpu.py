#!/usr/bin/env python3
"""Times the networks on an NVIDIA GPU: PyTorch, and Silhouette in turn with it. `gpu.sh` calls it.

    gpu.py [--silhouette BINARY] [--weights FOLDER] [--out FOLDER] [--films 1000] [--seconds 540]

Every figure is the median over runs of the wall time from handing over a batch that lies on the GPU
to the end of the computation. What does not fit into --seconds is left out and named.
"""

import argparse
import copy
import json
import os
import shlex
import shutil
import struct
import subprocess
import sys
import time
import zlib
from functools import cache
from itertools import product
from pathlib import Path

import torch

from networks import NETWORKS, build, films
from timing import summary, table, time_calls

BATCHES = [1, 8, 64]
DEVICE = "cuda"
BENCH = "bench --networks --json --device {device} --precision {precision} --batch {batches}"
# Name -> (number type, whether f32 products may be rounded to TF32).
PRECISIONS = {
    "f32": (torch.float32, False),
    "f32 (TF32)": (torch.float32, True),
    "f16": (torch.float16, False),
}


# What Silhouette is measured with.
OWN = [*product(["cuda"], PRECISIONS), ("wgpu", "f32"), ("wgpu", "f16")]


def log(text):
    print(text, file=sys.stderr, flush=True)


def set_tf32(allowed):
    torch.backends.cuda.matmul.allow_tf32 = allowed
    torch.backends.cudnn.allow_tf32 = allowed


@cache
def built(name):
    """Computing the weights takes longer than timing them."""
    return build(name)


def time_torch(network, film, runs):
    return time_calls(lambda: network(film), runs, warm_up=10, wait=torch.cuda.synchronize)


def torch_records(compiled, deadline):
    """PyTorch's own medians, and how far each precision is from f32. What matters most comes first,
    should time run out: compiled, one film and many."""
    records, skipped, references = [], [], {}
    batches = [BATCHES[-1], *BATCHES[:-1]] if compiled else BATCHES
    precisions = ["f32", "f16", "f32 (TF32)"] if compiled else PRECISIONS
    for precision, batch, name in product(precisions, batches, NETWORKS):
        what = f"{'compiled' if compiled else 'eager'} {name} {precision} x{batch}"
        if time.monotonic() > deadline:
            skipped.append(f"{what}: no time left")
            continue
        dtype, tf32 = PRECISIONS[precision]
        set_tf32(tf32)
        network = copy.deepcopy(built(name)).to(DEVICE, dtype)
        film = films(name, batch).to(DEVICE, dtype)
        try:
            if compiled:
                torch._dynamo.reset()
                # The mode that replays CUDA graphs: at batch 1 launches cost more than arithmetic.
                network = torch.compile(network, mode="reduce-overhead")
            first = time.monotonic()
            picture = network(film)[0][:1].float().cpu()
            first = time.monotonic() - first
            record = summary(time_torch(network, film, 50)["runs_ms"])
        except Exception as error:  # A precision one peer lacks is a finding, not the end.
            skipped.append(f"{what}: {str(error).splitlines()[0][:120]}")
            continue
        reference = references.setdefault(name, picture)
        record |= {
            "peer": "torch.compile" if compiled else "pytorch",
            "network": name,
            "batch": batch,
            "precision": precision,
            "device": "cuda",
            "first_s": first,
            "picture_error": (picture - reference).abs().max().item(),
        }
        records.append(record)
        log(f"{what}: {record['median_ms']:.3f} ms, the first {first:.1f} s")
    return records, skipped


def silhouette_records(binary, arguments, device, precision, deadline):
    """Silhouette's own medians, from lines of JSON on its standard output."""
    batches = ",".join(map(str, BATCHES))
    stored, _, tf32 = precision.partition(" ")
    arguments = arguments.format(device=device, precision=stored, batches=batches)
    arguments += " --tf32" if tf32 else ""
    command = [binary, *shlex.split(arguments)]
    limit = max(10.0, deadline - time.monotonic())
    log(" ".join(command))
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired as error:
        ran = error
        ran.returncode = "a timeout"
    output = ran.stdout if isinstance(ran.stdout, str) else (ran.stdout or b"").decode()
    records = []
    for line in output.splitlines():
        if line.startswith("{"):
            records.append(
                {"precision": precision, **json.loads(line), "peer": f"silhouette {device}"}
            )
    skipped = []
    if ran.returncode != 0:
        said = ran.stderr if isinstance(ran.stderr, str) else (ran.stderr or b"").decode()
        skipped.append(f"silhouette {device} {precision} ended with {ran.returncode}: {said[-400:]}")
    return records, skipped


def write_png(path, pixels, width, height):
    """An 8-bit grey PNG, so that nothing needs to be installed."""
    rows = b"".join(
        b"\0" + pixels[y * width : (y + 1) * width] for y in range(height)
    )

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows, 1))
        + chunk(b"IEND", b"")
    )


def make_films(folder, count, side=512):
    """Soft shapes that differ from film to film; the time does not depend on what they show."""
    folder.mkdir(parents=True)
    y, x = torch.meshgrid(torch.linspace(-1, 1, side), torch.linspace(-1, 1, side), indexing="ij")
    grain = torch.Generator().manual_seed(1)
    for index in range(count):
        spread = 0.3 + 0.2 * (index % 17) / 17
        lungs = torch.exp(-(((x.abs() - 0.4) / 0.25) ** 2) - (y / (2 * spread)) ** 2)
        film = 200 - 150 * lungs + 5 * torch.randn(side, side, generator=grain)
        pixels = film.clamp(0, 255).to(torch.uint8).numpy().tobytes()
        write_png(folder / f"{index:04}.png", pixels, side, side)


def end_to_end(binary, folder, device, weights, out, limit):
    """Films a second of `silhouette analyze` over a folder, everything included."""
    shutil.rmtree(out, ignore_errors=True)
    command = [binary, "analyze", str(folder), "--device", device, "--out", str(out)]
    environment = os.environ | ({"SILHOUETTE_WEIGHTS": str(weights)} if weights else {})
    count = len(list(folder.iterdir()))
    log(" ".join(command))
    before = time.monotonic()
    try:
        ran = subprocess.run(
            command, capture_output=True, text=True, timeout=limit, env=environment
        )
    except subprocess.TimeoutExpired:
        return None, f"analyze on {device}: not done within {limit:.0f} s"
    seconds = time.monotonic() - before
    if ran.returncode != 0:
        return None, f"analyze on {device} ended with {ran.returncode}: {ran.stderr[-400:]}"
    return {"device": device, "films": count, "seconds": seconds, "per_s": count / seconds}, None


def print_tables(records, ends, skipped):
    peers = list(dict.fromkeys(r["peer"] for r in records))
    found = {(r["peer"], r["network"], r["batch"], r["precision"]): r for r in records}
    rows = []
    for name in NETWORKS:
        for precision in [*PRECISIONS]:
            for batch in BATCHES:
                times = [found.get((peer, name, batch, precision)) for peer in peers]
                if not any(times):
                    continue
                ours = [r for p, r in zip(peers, times) if r and p.startswith("sil")]
                ours = min((r["median_ms"] for r in ours), default=None)
                theirs = [r for p, r in zip(peers, times) if r and not p.startswith("sil")]
                best = min((r["median_ms"] for r in theirs), default=None)
                row = [name, precision, batch]
                row += [f"{r['median_ms']:.2f} ({r['p95_ms']:.2f})" if r else "–" for r in times]
                row.append(f"{ours / best:.2f}" if ours and best else "–")
                rows.append(row)
    print("Milliseconds a batch, median (95th percentile); the last column takes the fastest of each.\n")
    print(table(["network", "numbers", "batch", *peers, "Silhouette ÷ best PyTorch"], rows))
    if ends:
        print("\nA folder of films, end to end:\n")
        rows = [[e["device"], e["films"], f"{e['seconds']:.1f}", f"{e['per_s']:.1f}"] for e in ends]
        print(table(["device", "films", "seconds", "films a second"], rows))
    errors = {(r["network"], r["precision"]): r["picture_error"] for r in records if "picture_error" in r}
    print("\nGreatest difference of PyTorch's picture from f32: ", end="")
    print(", ".join(f"{n} {p} {e:.1e}" for (n, p), e in errors.items() if p != "f32"))
    for line in skipped:
        print(f"left out: {line}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--silhouette", help="the binary; without it only PyTorch is timed")
    parser.add_argument("--bench", default=BENCH, help="its arguments, with what is to be filled in")
    parser.add_argument("--weights", type=Path, help="the folder of weights, for whole films")
    parser.add_argument("--out", type=Path, default=Path("gpu-results"))
    parser.add_argument("--films", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=540, help="how long all may take")
    options = parser.parse_args()
    start = time.monotonic()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.backends.cudnn.benchmark = True  # Let it choose its fastest kernels.
    print(f"PyTorch {torch.__version__}, {torch.cuda.get_device_name(0)}")
    records, ends, skipped = [], [], []

    def keep(more):
        records.extend(more[0])
        skipped.extend(more[1])
        lines = "".join(json.dumps(record) + "\n" for record in records)
        (options.out / "gpu.jsonl").write_text(lines)

    until = lambda share: start + share * options.seconds
    with torch.no_grad():
        keep(torch_records(False, until(0.35)))
        if options.silhouette:
            for device, precision in OWN:
                found = silhouette_records(
                    options.silhouette, options.bench, device, precision, until(0.6)
                )
                keep(found)
            folder = options.out / "films"
            shutil.rmtree(folder, ignore_errors=True)
            make_films(folder, options.films)
            for device in ("cuda", "wgpu", "cpu"):
                left = max(20.0, until(0.8) - time.monotonic())
                end, why = end_to_end(
                    options.silhouette, folder, device, options.weights, options.out / device, left
                )
                ends += [end] if end else []
                skipped += [why] if why else []
                shutil.rmtree(options.out / device, ignore_errors=True)
            shutil.rmtree(folder)
        # Last, because compiling takes long and may be cut off.
        keep(torch_records(True, until(1.0)))
    (options.out / "gpu-films.json").write_text(json.dumps(ends))
    print_tables(records, ends, skipped)


if __name__ == "__main__":
    main()
