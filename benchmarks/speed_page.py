"""``docs/speed.md`` from ``benchmarks/baseline.json``: what a run costs beside what it can't do without."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
BASELINE, PAGE = HERE / "baseline.json", HERE.parent / "docs" / "speed.md"
NOTES = {
    "light": "one 1 × 1 convolution, three bands of bytes",
    "U-Net": "2.7 billion multiply-adds a tile, three bands of bytes",
    "U-Net, probabilities and polygons": "the same with two results more",
    "150 classes": "one 1 × 1 convolution",
    "13 bands uint16": "the U-Net for 13 bands with nodata",
    "3 dates": "the U-Net behind a time axis",
    "2 dates": "the U-Net on two dates: `geonnx:detectchange`",
}

HEAD = """# How fast it is, and what memory it takes

<!-- made by benchmarks/speed_page.py from benchmarks/baseline.json: `make bench` measures, `--update` writes both -->

A run should cost what the network costs and nothing else. So each case is measured beside its limits, which take turns
with it on the same machine ({machine}; onnxruntime on the CPU); times are medians. The runs go through the real
`qgis_process`, over rasters of noise in deflated blocks of 512 px, in tiles of 512 px with 32 px of overlap on each
side, into a deflated class raster with overviews.

| Case | Raster | Seconds | MPix/s | ÷ bare network | ÷ wrapped network + copy | Memory, MB |
| --- | --- | --- | --- | --- | --- | --- |
"""

TAIL = """
- **÷ bare network**: over `session.run` of the model as it came, on as many tiles that lie in memory. Neither reading,
  writing, scaling nor the choice of a class is in that, so that a network that does almost nothing shows all the rest.
- **÷ wrapped network + copy**: over `session.run` of the graph that really runs, with scaling and choice of the class
  in it, plus `gdal_translate` of the raster, one after the other. Below 1, since reading, the network and writing run
  side by side.
- The light model at 12288² with scaling before and the choice after it in numpy, as a script would have them, takes
  {numpy:.1f} × as long as bare, without reading or writing; the whole run takes {wall:.2f} of that.
- **Memory** is the peak of the whole process as the system counts it, some 220 MB of which are QGIS, GDAL and
  onnxruntime. It hardly grows with the raster. Over that at 4096² it is
{growth}
- The sparse raster of 50000² px holds data in {sparse} tiles; the others are not read.

`python benchmarks/kill_resume.py` kills runs at 20 random moments, calls them again with `{{"resume": true}}` and
compares the pixels of all results with those of an undisturbed run; it fails unless all are the same.

On a machine with an NVIDIA GPU `make bench` adds the same cases on it, beside `session.run` on tensors that stay there,
with how busy the card was. The machine of this table has none.
"""


def write_page(results: dict[str, Any]) -> str:
    """Return the page for what `run.py` put into the baseline."""
    cases = results["cases"]
    rows = "".join(_row(name, case) for name, case in cases.items())
    light = cases["light 12288²"]
    tail = TAIL.format(
        numpy=light["numpy s"] / light["bare s"],
        wall=light["wall/numpy"],
        growth="\n".join(_growth(cases)),
        sparse=cases["U-Net 50000²"]["tiles"],
    )
    return HEAD.format(machine=results["machine"]) + rows + tail


def _row(name: str, case: dict[str, Any]) -> str:
    stem, _, size = name.rpartition(" ")
    cells = (
        f"{stem}: {NOTES[stem]}" if stem in NOTES else stem,
        size,
        f"{case['seconds']:.1f}",
        f"{case['MPix/s']:.1f}",
        f"{case['wall/bare']:.2f}",
        f"{case['wall/limit']:.2f}" if "wall/limit" in case else "",
        f"{case['peak MB']:.0f}",
    )
    return f"| {' | '.join(cells)} |\n"


def _growth(cases: dict[str, Any]) -> list[str]:
    """Return a line for each larger raster of a case."""
    lines = []
    for stem, size in (("light", "12288²"), ("U-Net", "12288²"), ("U-Net", "50000²")):
        share = cases[f"{stem} {size}"]["peak MB"] / cases[f"{stem} 4096²"]["peak MB"] - 1
        lines.append(f"  - {stem}, {size}: {100 * abs(share):.1f} % {'more' if share > 0 else 'less'}")
    return lines


def main() -> None:
    """Write the page."""
    PAGE.write_text(write_page(json.loads(BASELINE.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
