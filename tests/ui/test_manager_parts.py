"""The parts of the manager that need no window: drafts of cards, words, lists, trials."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from geonnx.models.card.read import read_card
from geonnx.models.catalog.entries import CatalogEntry
from geonnx.models.describe import Changes
from geonnx.models.errors import ModelError
from geonnx.models.runtime.signature import TensorInfo

from .. import change_models, hostile, scene_models, tiny_models
from ..conftest import find_shared_data
from . import examples


def all_models(folder: Path) -> list[Path]:
    """Return models of many kinds: bare, with metadata of other tools, with cards."""
    for name, raw in hostile.seeds(folder / "seeds").items():
        (folder / "seeds" / f"{name}.onnx").write_bytes(raw)
    examples.make_models(folder / "examples")
    change_models.difference(folder / "pair.onnx", "named", bands=3)
    scene_models.write_card(scene_models.mean_of_bands(folder / "scenes.onnx", size=32), ["a", "b", "c"], scaling=10)
    card = tiny_models.write_mlm(
        tiny_models.box(folder / "each.onnx"), bands=["r", "g", "b"], classes=[(3, "x"), (1, "y"), (2, "z")],
        scaling=[{"type": "z-score", "mean": 0.4849999845027923, "stddev": 0.1 * place} for place in (1, 2, 3)],
    )  # fmt: skip
    assert card.exists()
    shared = find_shared_data()
    return [*sorted(folder.rglob("*.onnx")), *(sorted(shared.rglob("*.onnx")) if shared else [])]


def test_a_card_that_nobody_edits_stays_as_it_is(tmp_path):
    from geonnx.ui.manager.card_draft import changes_of, draft_of, problems_of

    looked_at = 0
    for path in all_models(tmp_path):
        try:
            card = read_card(path)
        except ModelError:
            continue
        draft = draft_of(card)
        assert problems_of(draft, card) == {}, path
        assert changes_of(draft, card) == Changes(), path
        looked_at += 1
    assert looked_at > 12


def test_the_fields_give_back_what_was_shown(tmp_path, show):
    """Every number and name goes through the widgets and comes out as it was."""
    from geonnx.ui.manager.card_draft import changes_of, draft_of
    from geonnx.ui.manager.card_form import CardForm

    for path in all_models(tmp_path):
        try:
            card = read_card(path)
        except ModelError:
            continue
        form = CardForm()
        form.set_card(card)
        shown, given = form.draft(), draft_of(card)
        assert replace(shown, scaling="") == replace(given, scaling=""), path
        assert changes_of(shown, card) == Changes(), path
        form.deleteLater()


def test_a_newer_version_is_offered(tmp_path):
    from geonnx.ui.manager.shelf import Offers, ShelfItem, matches, merge

    here = [
        CatalogEntry("same", "Same", "downloaded", path=tmp_path / "a", sha256="a" * 64),
        CatalogEntry("older", "Older", "downloaded", path=tmp_path / "b", sha256="b" * 64),
        CatalogEntry("mine", "Mine", "user", path=tmp_path / "c", sha256="c" * 64),
    ]
    offered = [CatalogEntry(name, name, "index", sha256="a" * 64) for name in ("same", "older", "mine", "new")]
    found = merge(here, Offers(tuple(ShelfItem(entry, "catalog") for entry in offered)))
    assert [(item.entry.id, item.index, item.newer) for item in found[3:]] == [
        ("older", "catalog", True),
        ("new", "catalog", False),
    ]
    entry = CatalogEntry("x", "Land cover", "user", task="segment", description="of Europe", licence="MIT")
    assert matches(ShelfItem(entry), "EUROPE land", "segment")
    assert matches(ShelfItem(entry), "mit", "")
    assert not matches(ShelfItem(entry), "land asia", "")
    assert not matches(ShelfItem(entry), "", "change")


@pytest.mark.parametrize(
    ("name", "shape", "role", "axes"),
    [
        ("x", (None, 5, 10, 64, 64), "series", "BTCHW"),
        ("doy", (None, 5), "dates", "BT"),
        ("s1_image", (None, 2, 64, 64), "sar", "BCHW"),
        ("image_before", (None, 3, None, None), "before", "BCHW"),
        ("latlon", (None, 2), "latlon", "BC"),
        ("other", (None, 3, 64, 64), "image", "BCHW"),
    ],
)
def test_what_inputs_may_be(name, shape, role, axes):
    from geonnx.ui.manager.inputs_dialog import Guess, guess

    assert guess(TensorInfo(name, "float32", shape)) == Guess(role, axes)


def test_sizes_in_words(tmp_path):
    from geonnx.ui.manager.network_words import input_role, output_role, size_words

    models = examples.make_models(tmp_path)
    land, clouds = read_card(models / "land.onnx"), read_card(models / "clouds.onnx")
    assert size_words(land.inputs[0]) == "3 bands, any size"
    assert size_words(land.outputs[0]) == "3 values for each place, any size"
    assert output_role(land.outputs[0]) == "scores, made probabilities by softmax"
    assert size_words(clouds.inputs[0]) == "3 dates, 4 bands, any size"
    assert (input_role(clouds.inputs[0]), output_role(clouds.outputs[1])) == (
        "images of several dates",
        "how uncertain each pixel is",
    )
    fixed = read_card(tiny_models.identity(tmp_path / "fixed.onnx", bands=3, size=16))
    assert size_words(fixed.inputs[0]) == "3 bands, 16 × 16 pixels"
    numbers = read_card(tiny_models.argmax_numbers(tmp_path / "numbers.onnx"))
    assert output_role(numbers.outputs[0]) == "class numbers"


def test_a_trial_reads_one_tile_in_the_middle(tmp_path, qgis_app):
    from geonnx.models.inputs import image_input
    from geonnx.ui.manager.trial import middle
    from qgis.core import QgsRasterLayer

    model = read_card(examples.land_model(tmp_path / "land.onnx"))
    path = examples.write_scene(tmp_path / "scene.tif")
    examples.write_huge(tmp_path / "huge.vrt", path)
    for name, card, side_m in (
        ("scene.tif", model, 2560),  # 256 px of 10 m, of 300 × 260
        ("huge.vrt", model, 2560),
        ("huge.vrt", replace(model, tile_px=128, gsd_m=20.0), 2560),
        ("huge.vrt", replace(model, tile_px=9999), 10240),
    ):
        layer = QgsRasterLayer(str(tmp_path / name), name)
        found = middle(layer, card, image_input(card))
        assert (found.width(), found.height()) == (side_m, side_m)
        assert found.center().compare(layer.extent().center(), 1e-6)
        del layer


def test_the_report_is_drawn_without_styles_for_browsers():
    from geonnx.models.page import chip, page
    from geonnx.ui.manager.report_view import plain_page

    html = plain_page(page("Title", [chip("#ff0000")]))
    assert "<style" not in html
    assert "background-color:#ff0000" in html
    assert "Title" in html


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("The card's value_scaling of image divides by zero; correct the card.", "scaling"),
        ("The card's classes use a value twice: [1, 1].", "classes"),
        ("The description x.json can't be written: Permission denied.", ""),
        ("The description of x gives a tile size of 99999 px; expected 1 to 16384. Correct it.", "tile_px"),
    ],
)
def test_sentences_of_the_engine_find_their_field(message, field):
    from geonnx.ui.manager.card_draft import field_of

    assert field_of(message) == field


def test_forgotten_fields_and_commas(tmp_path):
    from geonnx.ui.manager.card_draft import changes_of, draft_of, problems_of

    model = examples.land_model(tmp_path / "land.onnx")
    data: dict[str, Any] = json.loads((tmp_path / "land.json").read_text())
    data["properties"]["geonnx:gsd_m"] = 10
    (tmp_path / "land.json").write_text(json.dumps(data))
    card = read_card(model)
    draft = replace(draft_of(card), gsd_m=" ", description="", threshold="0,25", scaling="")
    assert problems_of(draft, card) == {}
    changes = changes_of(draft, card)
    assert set(changes.forget) == {"gsd_m", "description"}
    assert (changes.threshold, changes.scaling, changes.gsd_m) == (0.25, "null", None)
