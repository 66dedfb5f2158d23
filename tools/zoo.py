#!/usr/bin/env python3
"""Write what follows from the cards of the bundled models: ``docs/zoo.md`` and ``.secrets.baseline``.

Usage: ``tools/zoo.py [--check] [ZOO]``. ``--check`` writes nothing and fails when something is out of date.
Of a ZOO elsewhere only the page is made, as ``ZOO/zoo.md``: what it holds does not come with the plugin.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BUNDLED = ROOT / "models" / "zoo"
PAGE, BASELINE = ROOT / "docs" / "zoo.md", ROOT / ".secrets.baseline"
ORDER = ("classify", "segment", "clouds", "change")
HASH_LINE = re.compile(r'\s*"(?:file:checksum|sha256)": "(?:1220)?[0-9a-f]{64}",?')
SCANNED = "2026-11-21T00:00:00Z"
"""in place of the time of the scan, so that the same cards give the same text"""
ALGORITHMS = {"classify": "classify", "segment": "segment", "change": "detectchange", "clouds": "removeclouds"}
HEAD = """# The models that come with GeONNX

<!-- made by tools/zoo.py from the cards in models/zoo: change those, or the scripts in training/ -->

They were trained by the scripts in `training/` and scored as shipped, through onnxruntime, on data that they had not
seen. Every figure says what it was measured on. In any algorithm, `MODEL` takes the name:

    qgis_process run geonnx:segment -- INPUT=scene.tif MODEL=s2-landcover OUTPUT=cover.tif

What a card holds, and what a run says of images that are unlike those of the training: [cards.md](cards.md),
[trust.md](trust.md).
"""


def read_cards(zoo: Path) -> list[dict[str, Any]]:
    """Return the cards in the folder of models, by task and id."""
    cards = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(zoo.glob("*.json"))]
    return sorted(cards, key=lambda card: (ORDER.index(card["properties"]["geonnx:task"]), card["id"]))


def make_page(cards: Sequence[dict[str, Any]]) -> str:
    """Return the text of docs/zoo.md."""
    if not cards:
        return f"{HEAD}\nThis version brings none.\n"
    sections = "\n".join(section(card) for card in cards)
    return f"{HEAD}\n{overview(cards)}\n{sections}"


def overview(cards: Sequence[dict[str, Any]]) -> str:
    """Return the table on top: a model a row."""
    rows = []
    for card in cards:
        said = card["properties"]
        first = said["geonnx:figures"][0]
        link = f"[`{card['id']}`](#{card['id']})"
        rows.append(
            (
                link,
                f"`{algorithm(card)}`",
                bands(card),
                pixel(said),
                f"{first['what']} {figure_text(first)}",
                size(card),
            )
        )
    return table(("Model", "For", "Bands", "Pixel", "Main figure", "Size"), rows)


def section(card: dict[str, Any]) -> str:
    """Return all that is said of one model."""
    said = card["properties"]
    name = said.get("title", said["mlm:name"])
    parts = [f"## {card['id']}\n", f"**{name}.** {said['description']}\n"]
    parts += ["**How good it is.** " + said["geonnx:accuracy"].rstrip(".") + ".\n", figures(said)]
    parts += [class_table(said), reliability(said)]
    failures = "".join(f"- {sentence}\n" for sentence in said["geonnx:failures"])
    parts += [f"**Where it fails.**\n\n{failures}", sources(said), facts(card)]
    return "\n".join(part for part in parts if part)


def figures(said: dict[str, Any]) -> str:
    """Return the measured numbers as a table."""
    rows = [(item["what"], figure_text(item), item["measured_on"]) for item in said["geonnx:figures"]]
    return table(("What", "Figure", "Measured on"), rows)


def figure_text(item: dict[str, Any]) -> str:
    """Return a number with its unit."""
    unit = item["unit"]
    gap = "" if unit in ("", "°") else " "
    return f"{item['value']:,g}{gap}{unit}"


def class_table(said: dict[str, Any]) -> str:
    """Return how right each class is; empty where the card does not say."""
    found = said.get("geonnx:class_accuracy")
    if not found:
        return ""
    rows = [
        (row["name"], percent(row["producers_accuracy"]), percent(row["users_accuracy"]), f"{row['count']:,}")
        for row in found["classes"]
    ]
    head = ("Class", "Found of what there is", "Right of what is said", "Count")
    return f"Each class, on the {found['measured_on']}:\n\n{table(head, rows)}"


def reliability(said: dict[str, Any]) -> str:
    """Return whether probabilities mean what they say; empty where the card does not tell."""
    curve = said.get("geonnx:reliability")
    if not curve:
        return ""
    temperature = next((item["geonnx:temperature"] for item in said["mlm:output"] if "geonnx:temperature" in item), 1)
    before = f" (without it {fine_percent(curve['error_before'])})" if "error_before" in curve else ""
    pairs = [pair for pair in zip(curve["confidence"], curve["accuracy"], curve["count"]) if pair[2] > 0]
    rows = [(percent(confidence), percent(accuracy), f"{count:,}") for confidence, accuracy, count in pairs]
    return (
        f"Its probabilities, with the temperature {temperature:g}, are off by {fine_percent(curve['error'])} on average"
        f"{before}, on the {curve['measured_on']}:\n\n" + table(("It said", "It was right", "Count"), rows)
    )


def sources(said: dict[str, Any]) -> str:
    """Return what the model learned from."""
    lines = []
    for item in said["geonnx:training_sets"]:
        name = f"[{item['name']}]({item['href']})" if "href" in item else item["name"]
        lines.append(
            f"- {name} ({item['licence']}): {item['citation'].rstrip('.')}. *{item['attribution'].rstrip('.')}.*"
        )
    return "**Learned from.**\n\n" + "\n".join(lines) + "\n"


def facts(card: dict[str, Any]) -> str:
    """Return size, hash and origin in one paragraph."""
    said, asset = card["properties"], card["assets"]["model"]
    forms = said.get("geonnx:forms", ())
    return (
        f"Version {said['version']} of {said['created'][:10]}; {said['mlm:architecture']} of "
        f"{said['mlm:total_parameters']:,} numbers; {asset['file:size']:,} bytes; licence {said['license']}; made by "
        f"`{said['geonnx:made_with']}`. SHA-256 `{asset['file:checksum'][4:]}`.\n" + "".join(map(form, forms))
    )


def form(entry: dict[str, Any]) -> str:
    """Return what is said of another form of the model."""
    name, loss = entry["href"][2:], entry["loss"]
    lost = f"{loss:g} points lost" if loss > 0 else "nothing lost"
    return (
        f"\n`{name}` is the same in {entry['precision']}, {entry['times_faster']:g} × as fast on a core of a CPU with "
        f"instructions for it, with {lost} on the {entry['measured_on']}; {entry['size']:,} bytes. "
        f"SHA-256 `{entry['sha256']}`.\n"
    )


def algorithm(card: dict[str, Any]) -> str:
    """Return the algorithm that runs a model."""
    return f"geonnx:{ALGORITHMS[card['properties']['geonnx:task']]}"


def bands(card: dict[str, Any]) -> str:
    """Return the names of the bands of the image."""
    return " ".join(next(item["bands"] for item in card["properties"]["mlm:input"] if item["bands"]))


def pixel(said: dict[str, Any]) -> str:
    """Return the size of a pixel that the model wants."""
    if "geonnx:gsd_range_m" in said:
        return "{:g} to {:g} m".format(*said["geonnx:gsd_range_m"])
    return f"{said['geonnx:gsd_m']:g} m" if "geonnx:gsd_m" in said else "any"


def size(card: dict[str, Any]) -> str:
    """Return the size of the model file."""
    return f"{card['assets']['model']['file:size'] / 1e6:.2f} MB"


def percent(share: float) -> str:
    """Return a share of 0 to 1 in percent."""
    return f"{100 * share:.1f} %"


def fine_percent(share: float) -> str:
    """Return a small share in percent."""
    return f"{100 * share:.2f} %"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def make_baseline(zoo: Path) -> str:
    """Return ``.secrets.baseline``: the hashes of models in cards are no secrets; the plugin store reads it.

    Raises SystemExit when the scanner finds anything else in a card.
    """
    names = [path.relative_to(ROOT).as_posix() for path in sorted(zoo.glob("*.json"))]
    # without any name it would scan the whole repository
    command = [sys.executable, "-m", "detect_secrets", "scan", *(names or ["models/zoo"])]
    found = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
    for name, secrets in found["results"].items():
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        for secret in secrets:
            line = lines[secret["line_number"] - 1]
            if not HASH_LINE.fullmatch(line):
                sys.exit(f"zoo: {name}, line {secret['line_number']} looks like a secret: {line.strip():.80}")
    return json.dumps(found | {"generated_at": SCANNED}, indent=2) + "\n"


def is_stale(path: Path, text: str) -> bool:
    """Tell whether a file says something else; of a baseline only what was found counts, not by which version."""
    if not path.exists():
        return True
    before = path.read_text(encoding="utf-8")
    return json.loads(before)["results"] != json.loads(text)["results"] if path == BASELINE else before != text


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Write docs/zoo.md and .secrets.baseline from the models' cards.")
    parser.add_argument("zoo", nargs="?", type=Path, default=BUNDLED)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when something is out of date")
    arguments = parser.parse_args()
    zoo = arguments.zoo.resolve()
    page = make_page(read_cards(zoo))
    wanted = {PAGE: page, BASELINE: make_baseline(zoo)} if zoo == BUNDLED else {zoo / "zoo.md": page}
    stale = [path for path, text in wanted.items() if is_stale(path, text)]
    for path in stale:
        name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        if arguments.check:
            print(f"zoo: {name} is out of date: run tools/zoo.py", file=sys.stderr)
        else:
            path.write_text(wanted[path], encoding="utf-8")
            print(f"zoo: wrote {name}")
    return int(arguments.check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
