#!/usr/bin/env python3
"""Times the peers on this processor, and Silhouette in turn with them.

    measure.py [--models FOLDER] [--rounds 3] [--runs 10] [--json FILE]
               [--ours 'silhouette bench --networks --json --device cpu']

Other work on the machine disturbs everybody, so a ratio is only worth something between runs that
lay side by side. Each round times ONNX Runtime, PyTorch and the command given with --ours one after
the other; the ratio printed is the median of the rounds' ratios. The command prints lines like
{"network": "squid-128", "device": "cpu", "batch": 1, "median_ms": 12.3, "p95_ms": 13.0}.
"""

import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import onnxruntime
import torch

from export import exported
from networks import NETWORKS, build, films
from timing import summary, table, time_calls


def onnx_call(path, film, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    session = onnxruntime.InferenceSession(str(path), options, ["CPUExecutionProvider"])
    feed = {"film": film.numpy()}
    return lambda: session.run(None, feed)


def torch_call(name, film):
    network = build(name)
    return lambda: network(film)


def ours(command):
    """Runs Silhouette's own benchmark: (network, batch) -> its line."""
    found = subprocess.run(shlex.split(command), stdout=subprocess.PIPE, text=True, check=True)
    lines = [json.loads(line) for line in found.stdout.splitlines() if line.startswith("{")]
    return {(line["network"], line["batch"]): line for line in lines}


def one_round(options, calls):
    """Everything once: (peer, network, batch) -> what it took."""
    results = {}
    for (peer, name, batch), call in calls.items():
        results[peer, name, batch] = time_calls(call, options.runs)
        median = statistics.median(results[peer, name, batch]["runs_ms"])
        print(f"  {peer} {name} x{batch}: {median:.1f} ms", file=sys.stderr)
    if options.ours:
        for (name, batch), line in ours(options.ours).items():
            results["silhouette", name, batch] = {"line": line, "load": os.getloadavg()[0]}
    return results


def median_of(result):
    return result["line"]["median_ms"] if "line" in result else statistics.median(result["runs_ms"])


def gather(rounds, options):
    """One record per peer, network and batch, over all rounds."""
    records = []
    for peer, name, batch in rounds[-1]:
        every = [r[peer, name, batch] for r in rounds if (peer, name, batch) in r]
        record = {"peer": peer, "network": name, "batch": batch, "device": "cpu"}
        if "line" in every[0]:
            record["median_ms"] = statistics.median(median_of(one) for one in every)
            record["p95_ms"] = max(one["line"]["p95_ms"] for one in every)
        else:
            record |= summary([ms for one in every for ms in one["runs_ms"]])
            record["cpu_ms"] = statistics.median(one["cpu_ms"] for one in every)
            record["threads"] = options.threads
        record["load"] = [round(one["load"], 2) for one in every]
        records.append(record)
    return records


def ratios(rounds, name, batch, peer):
    pairs = [
        (r.get(("silhouette", name, batch)), r.get((peer, name, batch)))
        for r in rounds
    ]
    return [median_of(a) / median_of(b) for a, b in pairs if a and b]


def print_table(rounds, records):
    by_key = {(r["peer"], r["network"], r["batch"]): r for r in records}
    rows = []
    for name, batch in dict.fromkeys((r["network"], r["batch"]) for r in records):
        row = [name, batch]
        for peer in ("onnxruntime", "pytorch", "silhouette"):
            r = by_key.get((peer, name, batch))
            row.append(f"{r['median_ms']:.1f} ({r['p95_ms']:.1f})" if r else "–")
            if peer != "silhouette":
                row.append(f"{r['cpu_ms']:.0f}" if r else "–")
        for peer in ("onnxruntime", "pytorch"):
            found = ratios(rounds, name, batch, peer)
            spread = f"{min(found):.2f}–{max(found):.2f}" if len(found) > 1 else ""
            row.append(f"{statistics.median(found):.2f} {spread}".strip() if found else "–")
        row.append(f"{max(max(r['load']) for r in records if r['network'] == name):.1f}")
        rows.append(row)
    header = ["network", "batch", "ORT ms (p95)", "ORT CPU ms", "PyTorch ms (p95)", "PyTorch CPU ms"]
    header += ["Silhouette ms (p95)", "Silhouette ÷ ORT", "Silhouette ÷ PyTorch", "load ≤"]
    print(table(header, rows))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    cache = Path(tempfile.gettempdir()) / "silhouette-peers"
    parser.add_argument("--models", type=Path, default=cache, help="folder of the ONNX files")
    parser.add_argument("--networks", nargs="+", default=list(NETWORKS), choices=NETWORKS)
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=10, help="timed runs in each round")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--ours", help="the command that times Silhouette")
    parser.add_argument("--no-torch", action="store_true", help="ONNX Runtime only")
    parser.add_argument("--json", type=Path, help="where to write the records")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)

    calls = {}
    with torch.no_grad():
        for name in options.networks:
            for batch in options.batch:
                film, path = films(name, batch), exported(options.models, name, batch)
                calls["onnxruntime", name, batch] = onnx_call(path, film, options.threads)
                if not options.no_torch:
                    calls["pytorch", name, batch] = torch_call(name, film)
        rounds = [one_round(options, calls) for _ in range(options.rounds)]
    records = gather(rounds, options)
    if options.json:
        options.json.write_text("".join(json.dumps(record) + "\n" for record in records))
    print(f"ONNX Runtime {onnxruntime.__version__}, PyTorch {torch.__version__}, f32, ", end="")
    print(f"{options.threads} threads, {options.rounds} × {options.runs} runs\n")
    print_table(rounds, records)


if __name__ == "__main__":
    main()
