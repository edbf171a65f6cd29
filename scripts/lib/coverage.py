"""Reads what llvm-cov exports and prints a row for each layer. A layer of which no test runs anything has no row."""

import json
import re
import sys
from collections import defaultdict

kinds = ("lines", "functions", "branches")
layers = defaultdict(lambda: {kind: [0, 0] for kind in kinds})
for file in json.load(sys.stdin)["data"][0]["files"]:
    layer = re.search(r"/(?:src|include/barman)/([^/]+)/[^/]+$", file["filename"])
    if not layer:
        continue
    for name in (layer[1], "all"):
        for kind in kinds:
            layers[name][kind][0] += file["summary"][kind]["covered"]
            layers[name][kind][1] += file["summary"][kind]["count"]
if not layers:
    sys.exit("coverage: the export names no file of src or include")

print(f"{'layer':<12}" + "".join(f"{kind:>22}" for kind in kinds))
for name in sorted(layers, key=lambda layer: (layer == "all", layer)):
    cells = ""
    for covered, count in (layers[name][kind] for kind in kinds):
        cells += f"{covered:>8}/{count:<6}{100 * covered / count if count else 100:>6.1f}%"
    print(f"{name:<12}{cells}")
