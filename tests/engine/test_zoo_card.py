"""What training says of a model becomes a card that our reader, and the schema of MLM, take."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from geonnx.models.card.read import read_card
from geonnx.models.card.types import ClassSpec, InputSpec, OutputSpec, Scaling
from geonnx.models.describe import Changes, describe
from onnx import helper

from ..stac_schemas import load_schemas
from ..tiny_models import save

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def maker() -> Any:
    """Return ``training/common/card.py``."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "training"))
        import common.card

        yield common.card


def some_facts(maker: ModuleType) -> Any:
    classes = (ClassSpec(0, "Water", "#419bdf"), ClassSpec(1, "Trees", "#397d49"), ClassSpec(2, "Snow", "#b39fe1"))
    return maker.Facts(
        id="tiny",
        name="Tiny land cover",
        task="segment",
        description="For a test.",
        inputs=(
            InputSpec(
                "image", "BCHW", (), "", bands=maker.sentinel2("B04", "B08"), scaling=(Scaling("scale", value=1e4),)
            ),
        ),
        outputs=(OutputSpec("scores", "BKHW", (), "", classes=classes, activation="softmax", temperature=1.25),),
        gsd_m=10.0,
        halo_px=16,
        tile_px=256,
        accuracy="91.2 % of 4,000 pixels agree.",
        figures=(maker.Figure("agreement", "agreement with the teacher", 91.2, "%", "4,000 pixels, not trained on"),),
        failures=("Takes snow for sand.",),
        data=(
            maker.TrainingSet(
                "OSCD", "Daudt et al. 2018", "Copernicus", f"{maker.COPERNICUS} 2015–2018", "https://example.org/oscd"
            ),
        ),
        architecture="box filter",
        hyperparameters={"epochs": 3, "seed": 20260},
        classes=maker.ClassTable("4,000 pixels", (maker.ClassFigures("Water", 0.9, 0.95, 12),)),
        reliability=maker.Curve("4,000 pixels", (0.41234567, 0.9), (0.4, 0.91), (10, 3990), 0.0099, 0.031),
        extra={"geonnx:note": "kept as it is"},
    )


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return save(
        tmp_path / "tiny.onnx",
        [helper.make_node("Conv", ["image", "w"], ["scores"])],
        inputs=[("image", "float32", ["n", 2, "h", "w"])],
        outputs=[("scores", "float32", ["n", 3, "h", "w"])],
        weights={"w": np.zeros((3, 2, 1, 1), np.float32)},
    )


def test_the_card_says_all_facts_and_is_read_without_a_question(maker: Any, model: Path) -> None:
    path = maker.write_card(model, some_facts(maker))
    card, item = read_card(model), json.loads(path.read_text())
    said = item["properties"]
    assert card.problems == ()
    assert (card.name, card.task, card.gsd_m, card.halo_px, card.tile_px) == ("Tiny land cover", "segment", 10, 16, 256)
    assert card.checksum == hashlib.sha256(model.read_bytes()).hexdigest()
    assert item["assets"]["model"]["file:size"] == model.stat().st_size
    assert [band.common_name for band in card.inputs[0].bands] == ["red", "nir"]
    assert card.outputs[0].temperature == 1.25
    assert said["geonnx:figures"][0]["measured_on"] == "4,000 pixels, not trained on"
    assert said["geonnx:class_accuracy"]["classes"][0]["users_accuracy"] == 0.95
    assert said["geonnx:reliability"]["confidence"] == [0.4123, 0.9]
    assert said["geonnx:training_sets"][0]["attribution"].startswith("Contains modified Copernicus")
    assert said["geonnx:made_with"] == "make -C training tiny"
    assert said["mlm:total_parameters"] == 6
    assert {"rel": "derived_from", "href": "https://example.org/oscd", "title": "OSCD"} in item["links"]


def test_the_card_follows_the_schema(maker: Any, model: Path, shared_data: Path) -> None:
    pystac = pytest.importorskip("pystac.validation.stac_validator")
    import pystac as stac

    path = maker.write_card(model, some_facts(maker))
    validator = pystac.JsonSchemaSTACValidator()
    validator.schema_cache.update(load_schemas(shared_data))
    item = json.loads(path.read_text())
    stac.Item.from_dict(item).validate(validator=validator)


def test_the_same_facts_give_the_same_text_on_another_day(maker: Any, model: Path) -> None:
    path = maker.write_card(model, some_facts(maker))
    text = path.read_text().replace('"created": "20', '"created": "19')
    path.write_text(text)
    assert maker.write_card(model, some_facts(maker)).read_text() == text


def test_describing_it_anew_keeps_what_no_card_holds(maker: Any, model: Path) -> None:
    before = json.loads(maker.write_card(model, some_facts(maker)).read_text())["properties"]
    after = describe(model, Changes(gsd_m=20), overwrite=True).item["properties"]
    assert after["geonnx:gsd_m"] == 20
    for key in before:
        if key != "geonnx:gsd_m":
            assert after[key] == before[key], key


def test_a_model_that_is_told_clouds_stays_one(maker: Any, model: Path) -> None:
    path = maker.write_card(model, replace(some_facts(maker), masked_clouds=True))
    assert json.loads(path.read_text())["properties"]["geonnx:masked_clouds"] is True
    assert describe(model, Changes(gsd_m=20), overwrite=True).card.masked_clouds


def test_a_field_that_is_forgotten_does_not_come_back(maker: Any, model: Path) -> None:
    maker.write_card(model, some_facts(maker))
    after = describe(model, Changes(forget=("halo_px",)), overwrite=True).item["properties"]
    assert "geonnx:halo_px" not in after and after["geonnx:failures"] == ["Takes snow for sand."]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"failures": ()}, "lack failures"),
        ({"accuracy": " "}, "lack accuracy"),
        ({"id": "other"}, "is not the file of other"),
        ({"figures": "nan"}, "finite"),
        ({"figures": "nowhere"}, "measured_on"),
        ({"outputs": "unknown"}, "no 'unknown'"),
        ({"classes": "unknown"}, "no output has"),
    ],
)
def test_facts_that_can_not_be(maker: Any, model: Path, wrong: dict[str, Any], message: str) -> None:
    facts = some_facts(maker)
    table = maker.ClassTable("x", (maker.ClassFigures("Lava", 1, 1, 1),))
    special = {
        "nan": (replace(facts.figures[0], value=float("nan")),),
        "nowhere": (replace(facts.figures[0], measured_on=""),),
        "unknown": (replace(facts.outputs[0], name="unknown"),) if "outputs" in wrong else table,
    }
    changes = {key: special.get(value, value) if isinstance(value, str) else value for key, value in wrong.items()}
    with pytest.raises(ValueError, match=message):
        maker.write_card(model, replace(facts, **changes))
    assert not model.with_suffix(".json").exists()
