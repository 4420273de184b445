"""Prop. 13 of arXiv 2510.25544: (K / N) cost -> (1/2) (int sqrt g)^2 as N and K = sqrt N grow.

Expect, for blocks of 4 equal bits (the optimum passes its limit slightly and comes back from above),

    N       K   optimal   Prop. 13   uniform
    256    16    .25499    .26039     .33579
    1024   32    .25850    .26155     .34116
    4096   64    .25971    .26134     .34387
    16384 128    .26006    .26090     .34522
    limit        .25993    .25993     .34657

and, with K / N = r fixed (integer block sizes), limits .190575, .703181, 1.738167 for r = 1/2, 1/4, 1/8.
Run: python studies/convergence.py (half a minute). Writes docs/results/convergence.json and convergence.svg.
"""

import json
from math import comb, log, log2
from pathlib import Path

from unmask import schedules, targets
from unmask.schedules import limits

RESULTS = Path(__file__).parents[1] / "docs" / "results"
LENGTHS = [64, 256, 1024, 4096, 16384, 65536]
FAMILIES = {"4 equal bits": (4, 1), "8 bits, [8, 4] MDS code": (8, 4), "8 bits, parity": (8, 7)}
COLOURS = {"optimal": "#0b6e4f", "Prop. 13": "#2a6fdb", "uniform": "#c8553d"}


def density(b, k):
    return lambda u: log(2) * (b - 1) * comb(b - 2, k - 1) * u ** (k - 1) * (1 - u) ** (b - k - 1)


results = {"diverging": {}, "bounded": [], "predictors": []}
for name, (b, k) in FAMILIES.items():
    g, rows = density(b, k), []
    print(f"\n{name}\n{'N':>6} {'K':>4} {'optimal':>9} {'Prop. 13':>9} {'uniform':>9}")
    for N in LENGTHS:
        K, profile = round(N**0.5), targets.BlockCode(N, b, k, 2).profile()
        made = [schedules.optimal(profile, K), schedules.continuous_schedule(g, K, N), schedules.uniform(N, K)]
        rows.append({"N": N, "K": K} | {s: K / N * profile.cost(m) for s, m in zip(COLOURS, made, strict=True)})
        print(f"{N:>6} {K:>4}" + "".join(f" {rows[-1][s]:9.5f}" for s in COLOURS))
    best, even = limits.diverging_limit(g), limits.uniform_limit(g)
    print(f" limit      {best:9.5f} {best:9.5f} {even:9.5f}")
    limit = {"optimal": best, "Prop. 13": best, "uniform": even}
    results["diverging"][name] = {"b": b, "k": k, "rows": rows, "limit": limit}

print(f"\n4 equal bits, K = r N\n{'N':>6} {'r':>5} {'optimal':>9} {'s* rule':>9} {'limit':>9} {'optimal at K + 1':>17}")
for N, inverse in [(8192, 2), (8192, 4), (16384, 8)]:
    K, profile, g = N // inverse, targets.BlockCode(N, 4, 1, 2).profile(), density(4, 1)
    costs = [profile.cost(s) for s in (schedules.optimal(profile, K), schedules.bounded_regime(g, K, N))]
    costs += [limits.bounded_limit(g, 1 / inverse), profile.cost(schedules.optimal(profile, K + 1))]
    keys = ("optimal", "integer rule", "limit", "optimal at K + 1")
    results["bounded"].append({"N": N, "K": K} | dict(zip(keys, costs, strict=True)))
    print(f"{N:>6} {f'1/{inverse}':>5} " + " ".join(f"{c:9.6f}" for c in costs))

laws = {
    "copy8": targets.BlockCode(512, 8, 1, 2),
    "dirmult4": targets.DirichletMultinomial(512, [1, 1, 1, 1]),
    "markov.1": targets.MarkovChain.flip(512, 0.1),
}
print(f"\nN = 512\n{'law':>9} {'K':>4} {'optimal':>9} {'clipped':>9} {'(Q^2/K-D)/2':>12}")
for law, target in laws.items():
    profile = target.profile()
    for K in (32, 64, 128):
        cost = profile.cost(schedules.optimal(profile, K))
        guesses = limits.clipped_relaxation(profile, K), limits.predicted_cost(profile, K)
        results["predictors"].append({"law": law, "K": K, "optimal": cost, "clipped": guesses[0], "first order": guesses[1]})
        print(f"{law:>9} {K:>4} {cost:9.5f} {guesses[0]:9.5f} {guesses[1]:12.5f}")

# The figure, drawn by hand so that it is one small file that any browser opens.
panels = []
for number, (name, family) in enumerate(results["diverging"].items()):
    rows, limit = family["rows"], family["limit"]
    low, high = rows[0]["optimal"] * 0.95, limit["uniform"] * 1.05

    def x(N, left=60 + 290 * number):
        return left + 230 * (log2(N) - 6) / 10

    def y(value, low=low, high=high):
        return 270 - 220 * (value - low) / (high - low)

    panel = [f'<text x="{x(64)}" y="30" font-weight="bold">{name}</text>']
    panel += [f'<text x="{x(N)}" y="290" text-anchor="middle">{N}</text>' for N in LENGTHS[::2]]
    for schedule, colour in COLOURS.items():
        line = f'stroke="{colour}" fill="none"'
        points = " ".join(f"{x(row['N']):.1f},{y(row[schedule]):.1f}" for row in rows)
        level = y(limit[schedule])
        panel.append(f'<path d="M{x(64)} {level:.1f}H{x(65536)}" {line} stroke-dasharray="4 4"/>')
        panel.append(f'<polyline points="{points}" {line} stroke-width="2"/>')
    for value in sorted(set(limit.values())):
        panel.append(f'<text x="{x(64) - 4}" y="{y(value) + 4:.1f}" text-anchor="end">{value:.3f}</text>')
    panels += panel
legend = [
    f'<text x="{60 + 120 * i}" y="325" fill="{c}" font-weight="bold">{s}</text>' for i, (s, c) in enumerate(COLOURS.items())
]
legend.append('<text x="420" y="325">(K / N) cost in nats against N, K = sqrt N; dashed: the limits</text>')
figure = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 340" font-family="sans-serif" font-size="12">'
figure += '<rect width="900" height="340" fill="white"/>' + "\n".join(panels + legend) + "</svg>\n"

RESULTS.mkdir(parents=True, exist_ok=True)
(RESULTS / "convergence.json").write_text(json.dumps(results, indent=1) + "\n")
(RESULTS / "convergence.svg").write_text(figure)
