"""Timing that states what it saw: wall and processor time of each call, and the machine's load."""

import os
import statistics
import time


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, round(share * (len(values) - 1)))]


def time_calls(call, runs, warm_up=3, wait=lambda: None):
    """Calls `call` `warm_up` + `runs` times; `wait` returns once a device has finished."""
    for _ in range(warm_up):
        call()
    wait()
    wall, processor = [], []
    for _ in range(runs):
        before, busy = time.perf_counter(), time.process_time()
        call()
        wait()
        wall.append(1e3 * (time.perf_counter() - before))
        processor.append(1e3 * (time.process_time() - busy))
    return {"runs_ms": wall, "cpu_ms": statistics.median(processor), "load": os.getloadavg()[0]}


def summary(runs):
    """Median, 95th percentile and minimum in milliseconds."""
    return {
        "median_ms": statistics.median(runs),
        "p95_ms": percentile(runs, 0.95),
        "min_ms": min(runs),
    }


def table(header, rows):
    """A Markdown table."""
    cells = [[str(cell) for cell in row] for row in [header, *rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(row, widths)) + " |" for row in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
