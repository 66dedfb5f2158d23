"""What a card says of its model's quality: as it stands there in result and report, and never more than text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from geonnx.models import load_model
from geonnx.models.card.quality import Quality, read_quality
from geonnx.models.inspect import describe_model, render_html

from ..tiny_models import identity, write_mlm

ROOT = Path(__file__).resolve().parents[2]
ZOO = ROOT / "models" / "zoo"
EVIL = '<script>alert("x")</script>'
FIELDS = ("accuracy", "figures", "class_accuracy", "reliability", "failures", "training_sets", "forms")


def said_of(folder: Path, **fields: Any) -> tuple[dict[str, Any], str]:
    """Return facts and report of a small model whose card has these fields."""
    model = identity(folder / "m.onnx", bands=2)
    card = write_mlm(model, bands=["red", "nir"], classes=[(0, "x"), (1, "y")])
    item = json.loads(card.read_text())
    item["properties"] |= {f"geonnx:{name}": value for name, value in fields.items()}
    card.write_text(json.dumps(item))
    loaded = load_model(model)
    facts = describe_model(loaded)
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts
    return facts, render_html(loaded)


@pytest.mark.skipif(not (ZOO / "eurosat-rgb.json").exists(), reason="this version brings no models")
def test_a_bundled_model() -> None:
    model = load_model("eurosat-rgb")
    facts, page = describe_model(model), render_html(model)
    assert json.loads(json.dumps(facts)) == facts
    card = json.loads((ZOO / "eurosat-rgb.json").read_text(encoding="utf-8"))["properties"]
    for name in ("accuracy", "figures", "class_accuracy", "reliability", "failures", "training_sets"):
        assert facts[name] == card[f"geonnx:{name}"]
    said = card["geonnx:reliability"]
    assert facts["figures"][0]["value"] > 95 and facts["figures"][0]["unit"] == "%"
    assert facts["training_sets"][0]["licence"] == "MIT"
    assert facts["inputs"][0]["training_features"] is True
    titles = ["How good it is", "Where it fails", "What it learned from", "Inputs"]
    places = [page.index(f"<h2>{title}</h2>") for title in titles]
    assert places == sorted(places)
    for text in (
        "desert, snow, wetland and burnt land get the nearest of them",
        "published validation part of EuroSAT RGB, 5,400 chips that the model has not seen",
        '<td>Permanent crop</td><td class="n">94.0 %</td><td class="n">97.4 %</td><td class="n">481</td>',
        "How often it is right, by how sure it is, on: published validation part of EuroSAT RGB, 5,400 chips",
        f"Expected calibration error {100 * said['error']:.1f} %, {100 * said['error_before']:.1f} % without the temp",
        f"Scores are divided by a temperature of {facts['outputs'][0]['temperature']:.4g}.",
        f'<td class="n">{100 * said["confidence"][-1]:.1f} %</td><td class="n">{100 * said["accuracy"][-1]:.1f} %</td>',
        "Contains modified Copernicus Sentinel data.",
        '<a href="https://github.com/phelber/EuroSAT" rel="noreferrer">https://github.com/phelber/EuroSAT</a>',
        "of the training images: a run says how unlike them its raster is",
    ):
        assert text in page
    for form in facts["forms"]:
        assert form["precision"] == "int8" and f"<code>{form['href']}</code> is the same in int8" in page


def test_every_bundled_card_is_told_whole() -> None:
    for path in sorted(ZOO.glob("*.json")):
        said, found = json.loads(path.read_text(encoding="utf-8"))["properties"], read_quality(path)
        assert found.accuracy == said["geonnx:accuracy"]
        assert len(found.figures) == len(said["geonnx:figures"])
        assert list(found.failures) == said["geonnx:failures"]
        assert len(found.training_sets) == len(said["geonnx:training_sets"])
        assert len(found.forms) == len(said.get("geonnx:forms", ()))
        rows = said.get("geonnx:class_accuracy", {}).get("classes", ())
        assert len(found.class_accuracy.classes if found.class_accuracy else ()) == len(rows)


def test_a_card_that_says_nothing(tmp_path: Path) -> None:
    facts, page = said_of(tmp_path)
    assert [facts[name] for name in FIELDS] == ["", [], {}, {}, [], [], []]
    assert facts["inputs"][0]["training_features"] is False
    for title in ("How good it is", "Where it fails", "What it learned from"):
        assert title not in page
    assert read_quality(None) == read_quality(tmp_path / "m.emd") == read_quality(tmp_path / "no.json") == Quality()


def test_html_stays_text(tmp_path: Path) -> None:
    facts, page = said_of(
        tmp_path,
        accuracy=EVIL,
        figures=[{"key": EVIL, "what": EVIL, "value": 1, "unit": EVIL, "measured_on": EVIL}],
        class_accuracy={"measured_on": EVIL, "classes": [{"name": f"<td>{EVIL}", "users_accuracy": 1}]},
        reliability={"measured_on": EVIL, "error": 0.1, "confidence": [EVIL], "accuracy": [1], "count": [1]},
        failures=[EVIL],
        training_sets=[{"name": EVIL, "citation": EVIL, "licence": EVIL, "attribution": EVIL, "href": EVIL}],
        forms=[{"href": EVIL, "precision": EVIL, "devices": [EVIL], "measured_on": EVIL}],
    )
    assert facts["failures"] == [EVIL]
    assert "<script" not in page and 'alert("' not in page
    assert page.count("&lt;script&gt;") == 16
    assert "&lt;td&gt;" in page


@pytest.mark.parametrize(
    "href",
    ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "http:", "https://[x", "//x.org", 'x" onclick="'],
)
def test_only_addresses_of_the_web_become_links(tmp_path: Path, href: str) -> None:
    facts, page = said_of(tmp_path, training_sets=[{"name": "Set", "href": href}])
    assert facts["training_sets"][0]["href"] == ""
    assert "<a " not in page and "Set" in page


def test_an_address_can_not_leave_its_attribute(tmp_path: Path) -> None:
    _, page = said_of(tmp_path, training_sets=[{"name": "Set", "href": 'https://x.org/"onclick="alert(1)'}])
    assert '"onclick' not in page and "https://x.org/&quot;onclick=&quot;alert(1)" in page


@pytest.mark.parametrize(
    "anything", [None, True, 7, -1e308, 10**400, "text", [], {}, [1, None, "x", [], {}], {"classes": 3}, [[["x"]]]]
)
@pytest.mark.parametrize("name", FIELDS)
def test_what_is_malformed_is_left_out(tmp_path: Path, name: str, anything: Any) -> None:
    facts, _ = said_of(tmp_path, **{name: anything})
    sound = {("accuracy", "text"): "text", ("accuracy", "{'classes': 3}"): "classes 3"}
    sound["failures", "[1, None, 'x', [], {}]"] = ["x"]
    nothing = {"accuracy": "", "class_accuracy": {}, "reliability": {}}.get(name, [])
    assert facts[name] == sound.get((name, str(anything)), nothing)


def test_wrong_types_within_entries(tmp_path: Path) -> None:
    facts, _ = said_of(
        tmp_path,
        accuracy={"overall_accuracy": 0.97123, "on": "EuroSAT", "huge": 10**400, "list": [1]},
        figures=[
            {"what": "a", "value": "9"}, {"what": 5, "value": 9}, {"what": "b", "value": float("nan")},
            {"what": "c", "value": True}, {"what": "d", "value": 10**400},
            {"what": "e", "value": 3, "unit": 1, "measured_on": ["x"], "key": {}},
        ],
        class_accuracy={"measured_on": 4, "classes": [
            {"name": "low", "producers_accuracy": -0.1, "users_accuracy": 1.1}, {"name": 3, "users_accuracy": 0.5},
            {"name": "half", "producers_accuracy": "x", "users_accuracy": 0.5, "count": 1.5},
        ]},
        reliability={
            "confidence": [0.4, 0.5, 0.6, 2, "x", 0.9], "accuracy": [0.3, None, 0.6, 0.7, 0.8],
            "count": [5, 6, 7.5, 8, 9], "error": -1, "error_before": 0.1, "measured_on": [],
        },
        training_sets=[{"licence": "MIT"}, {"name": "Set", "licence": 3, "citation": None}],
        forms=[{"precision": "int8"}, {"href": "./x.onnx", "devices": "cpu", "loss": "no", "times_faster": []}],
    )  # fmt: skip
    assert facts["accuracy"] == "overall accuracy 0.9712, on EuroSAT"
    assert facts["figures"] == [{"key": "", "what": "e", "value": 3.0, "unit": "", "measured_on": ""}]
    row = {"name": "half", "producers_accuracy": None, "users_accuracy": 0.5, "count": None}
    assert facts["class_accuracy"] == {"measured_on": "", "classes": [row]}
    curve = {"confidence": [0.4], "accuracy": [0.3], "count": [5], "error": None, "error_before": 0.1}
    assert facts["reliability"] == {"measured_on": "", **curve}
    nothing = {"citation": "", "licence": "", "attribution": "", "href": ""}
    assert facts["training_sets"] == [{"name": "Set", **nothing}]
    form = {"href": "x.onnx", "precision": "", "devices": [], "loss": None, "measured_on": "", "times_faster": None}
    assert facts["forms"] == [form]


def test_what_figures_share_is_said_once(tmp_path: Path) -> None:
    figures = [{"what": f"w{index}", "value": index, "measured_on": on} for index, on in enumerate(["a", "a", "x"])]
    facts, page = said_of(tmp_path, figures=figures)
    assert [item["measured_on"] for item in facts["figures"]] == ["a", "a", "x"]
    assert (
        '<td class="wrap">w0</td><td>0</td><td rowspan="2">a</td></tr><tr><td class="wrap">w1</td><td>1</td></tr>'
        '<tr><td class="wrap">w2</td><td>2</td><td rowspan="1">x</td></tr>'
    ) in page


def test_floods_are_cut(tmp_path: Path) -> None:
    facts, page = said_of(
        tmp_path,
        accuracy="long " * 100_000,
        failures=["It fails."] * 50_000,
        figures=[{"what": "a", "value": 1}] * 50_000,
        class_accuracy={"classes": [{"name": "x", "users_accuracy": 1}] * 50_000},
    )
    assert len(facts["failures"]) == len(facts["figures"]) == len(facts["class_accuracy"]["classes"]) == 100
    assert len(facts["accuracy"]) <= 2001 and facts["accuracy"].endswith("…")
    assert len(page) < 100_000


def test_texts_are_one_line_of_what_shows(tmp_path: Path) -> None:
    facts, _ = said_of(tmp_path, failures=["a\n\tb\u202e\x00c", " \n "])
    assert facts["failures"] == ["a bc"]
