"""The time of the exact optimum, beside the O(K N^2) program of Chen, Cong and Li (arXiv 2511.04647) and np.sort of N doubles.

    python benchmarks/optimal.py        # about a minute on one core; writes benchmarks/results/optimal.json

Expect: N = 1,024, K = 64 under 1 ms; N = 2^20, K = 1,024 under 1 s; the whole frontier of N = 4,096 under 1 s.
Times are CPU seconds of one thread: on a quiet machine the wall time, on a busy one still meaningful.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import sys
import time
from pathlib import Path

import numba
import numpy as np

from unmask import InformationProfile, OrderProfile, Schedule, schedules

RESULTS = Path(__file__).parent / "results" / "optimal.json"


@numba.njit
def chen_cong_li(curve, steps):
    """The best left-Riemann step approximation of the information curve by dynamic programming: O(K N^2), compiled."""
    length = curve.size
    sums = np.zeros(length + 1)
    for j in range(length):
        sums[j + 1] = sums[j] + curve[j]
    best, parent = np.full((steps + 1, length + 1), np.inf), np.zeros((steps + 1, length + 1), np.int32)
    best[0, 0] = 0.0
    for k in range(1, steps + 1):
        for b in range(k, length + 1):
            for a in range(k - 1, b):
                cost = best[k - 1, a] + sums[b] - sums[a] - (b - a) * curve[a]
                if cost < best[k, b]:
                    best[k, b], parent[k, b] = cost, a
    nodes = np.empty(steps + 1, np.int64)
    nodes[steps] = length
    for k in range(steps, 0, -1):
        nodes[k - 1] = parent[k, nodes[k]]
    return nodes


def fastest(function, *arguments, budget=1.5):
    """Best CPU time in seconds after one warm-up, of at least 3 runs and about `budget` seconds."""
    function(*arguments)
    times: list[float] = []
    while len(times) < 3 or (sum(times) < budget and len(times) < 200):
        start = time.process_time()
        function(*arguments)
        times.append(time.process_time() - start)
    return min(times)


def permutation(length):
    """f(i) = -log(N - i): monotone, smooth, no ties."""
    return InformationProfile(-np.log(length - np.arange(length)))


def measured(length):
    """A profile with noise, so not monotone."""
    return InformationProfile(permutation(length).values + 0.01 * np.random.default_rng(0).normal(size=length))


def in_order(length):
    """h(j, m) = log(N - m) (1 + j / N): Monge, and depends on the position."""
    growth = np.log(length - np.arange(length))[:, None] * (1 + np.arange(length) / length)
    return OrderProfile(growth)


def quadratic(profile, steps):
    """Chen, Cong and Li's program on our profile; its answer must cost the same."""
    return chen_cong_li(profile.values - profile.values[0], steps)


def bytes_per_token():
    """Growth of the peak memory over one run at N = 2^20, K = 1,024, per token."""
    schedules.optimal(permutation(1024), 64)
    profile = permutation(2**20)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    schedules.optimal(profile, 1024)
    return 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 2**20


CASES = {
    "optimal, K = 64": (schedules.optimal, permutation, 64, [1024, 4096, 2**14, 2**16, 2**18, 2**20], 1.5),
    "optimal, K = 1024": (schedules.optimal, permutation, 1024, [2**14, 2**16, 2**18, 2**20], 3),
    "optimal, not monotone, K = 64": (schedules.optimal, measured, 64, [1024, 2048, 4096, 2**14], 1),
    "optimal, order profile, K = 64": (schedules.optimal, in_order, 64, [256, 512, 1024, 2048], 1),
    "frontier, every K": (lambda profile, _: schedules.frontier(profile), permutation, 0, [512, 1024, 2048, 4096], 3),
    "Chen-Cong-Li program, K = 64": (quadratic, permutation, 64, [512, 1024, 2048, 4096], 1),
}
LIMITS = {  # seconds, from issue 3
    ("optimal, K = 64", 1024): 0.005,
    ("optimal, K = 1024", 2**20): 2.0,
    ("optimal, order profile, K = 64", 1024): 1.0,
    ("frontier, every K", 4096): 5.0,
}


def main() -> None:
    """Measure, print, write."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    for profile in (permutation(1500), measured(300)):  # a benchmark of wrong answers is worthless
        nodes = quadratic(profile, 20)[1:]
        theirs = profile.cost(schedules.optimal(profile, 20)), profile.cost(Schedule.from_cumulative(nodes))
        assert np.isclose(*theirs, rtol=1e-10)
    memory = bytes_per_token()
    print(f"memory of optimal, N = 2^20, K = 1,024: {memory:.0f} bytes a token (K N parents alone would be 4,096)\n")
    sort = {n: fastest(np.sort, np.random.default_rng(n).random(n), budget=0.5) for n in [2**k for k in range(8, 21)]}
    peer = {n: fastest(quadratic, permutation(n), 64) for n in (1024, 2048, 4096)}
    rows, growth = [], {}
    for name, (function, make, steps, lengths, budget) in CASES.items():
        seconds = []
        for n in lengths:
            seconds.append(fastest(function, make(n), steps, budget=budget))
            rows.append(
                {
                    "case": name,
                    "length": n,
                    "seconds": seconds[-1],
                    "limit_seconds": LIMITS.get((name, n)),
                    "times_np_sort": seconds[-1] / sort[n],
                    "chen_cong_li_over_this": peer[n] / seconds[-1] if n in peer and steps == 64 else None,
                }
            )
            _print(rows[-1])
        growth[name] = float(np.polyfit(np.log(lengths), np.log(seconds), 1)[0])
        print(f"{name}: time grows as N^{growth[name]:.2f}\n")
    payload = {
        "command": "python benchmarks/optimal.py",
        "machine": {"processor": _processor(), "cores_used": 1, "cores": os.cpu_count(), "load": os.getloadavg()[0]},
        "versions": {"python": platform.python_version(), "numpy": np.__version__, "numba": numba.__version__},
        "clock": "CPU seconds of one thread, best of several, warm",
        "bytes_per_token": memory,
        "np_sort_seconds": {str(n): value for n, value in sort.items()},
        "growth_exponents": growth,
        "rows": rows,
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(payload, indent=1) + "\n")
    late = [row for row in rows if row["limit_seconds"] and row["seconds"] > row["limit_seconds"]]
    sys.exit(f"over the limit: {late}" if late else 0)


def _print(row) -> None:
    limit = f" (limit {row['limit_seconds']} s)" if row["limit_seconds"] else ""
    peer = f", {row['chen_cong_li_over_this']:.1f} x faster than Chen-Cong-Li" if row["chen_cong_li_over_this"] else ""
    sorts = f"{row['times_np_sort']:.0f} sorts"
    print(f"{row['case']:32s} N = {row['length']:8d} {1e3 * row['seconds']:10.2f} ms{limit} = {sorts}{peer}")


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor())


if __name__ == "__main__":
    main()
