"""The bundled models: each card says everything, of the very file beside it, and all of them fit into the plugin."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from geonnx.models import load_model
from geonnx.models.card.read import read_card
from geonnx.models.catalog import entries
from geonnx.models.errors import ModelError, RasterError
from geonnx.models.forms import read_forms
from geonnx.models.inputs import choose_model_bands, image_input, spec_of_date
from geonnx.models.raster.products import open_raster
from geonnx.models.runtime.signature import read_signature

from ..rasters import noise, write_raster
from ..stac_schemas import load_schemas
from ..tiny_models import box, write_mlm

ROOT = Path(__file__).resolve().parents[2]
ZOO = ROOT / "models" / "zoo"
MODELS = sorted(path.stem for path in ZOO.glob("*.onnx") if not path.stem.endswith(".int8"))
LARGEST_MB = {
    "eurosat-rgb": 5.0, "s2-landcover": 2.0, "s2-landcover-4b": 2.0, "s2-cloudmask": 1.5, "s2-cloudmask-4b": 1.5,
    "s2-cloudremoval": 6.0, "s2-change": 4.0, "s2-change-4b": 4.0,
}  # fmt: skip
ALL_MB = 20.0
needs_models = pytest.mark.skipif(not MODELS, reason="this version brings no models")


def read_item(model: str) -> dict[str, Any]:
    return json.loads((ZOO / f"{model}.json").read_text(encoding="utf-8"))


def test_each_model_has_its_card_and_nothing_else_lies_there() -> None:
    known = {f"{model}{suffix}" for model in MODELS for suffix in (".onnx", ".json")}
    known |= {form.file for model in MODELS for form in read_forms(ZOO / f"{model}.json")}
    assert {path.name for path in ZOO.glob("*") if not path.name.startswith(".")} == known


def test_all_of_them_are_small() -> None:
    sizes = {model: (ZOO / f"{model}.onnx").stat().st_size / 1e6 for model in MODELS}
    assert sum(path.stat().st_size for path in ZOO.glob("*")) / 1e6 < ALL_MB
    for model, size in sizes.items():
        assert size <= LARGEST_MB[model], model


@pytest.mark.parametrize("model", MODELS)
def test_the_card_says_everything(model: str) -> None:
    item = read_item(model)
    said, asset = item["properties"], item["assets"]["model"]
    content = (ZOO / f"{model}.onnx").read_bytes()
    assert asset["file:checksum"] == "1220" + hashlib.sha256(content).hexdigest()
    assert asset["file:size"] == len(content) and asset["href"] == f"./{model}.onnx"
    assert item["id"] == model
    for key in (
        "description", "license", "version", "created", "mlm:architecture", "mlm:total_parameters",
        "mlm:hyperparameters", "geonnx:task", "geonnx:accuracy", "geonnx:figures", "geonnx:failures",
        "geonnx:training_sets", "geonnx:training_data", "geonnx:made_with",
    ):  # fmt: skip
        assert said.get(key), key
    for figure in said["geonnx:figures"]:
        assert set(figure) == {"key", "what", "value", "unit", "measured_on"} and figure["measured_on"]
    for source in said["geonnx:training_sets"]:
        assert source["citation"] and source["licence"] and source["attribution"]
    assert len(said["geonnx:failures"]) >= 2


@pytest.mark.parametrize("model", MODELS)
def test_other_forms_are_the_files_that_the_card_means_and_lose_little(model: str) -> None:
    signature = read_signature(ZOO / f"{model}.onnx")
    outside = [(info.name, info.dtype, info.shape) for info in (*signature.inputs, *signature.outputs)]
    for form in read_forms(ZOO / f"{model}.json"):
        path = ZOO / form.file
        assert hashlib.sha256(path.read_bytes()).hexdigest() == form.sha256 and form.loss < 0.5
        same = read_signature(path)
        assert [(info.name, info.dtype, info.shape) for info in (*same.inputs, *same.outputs)] == outside


@pytest.mark.parametrize("model", MODELS)
def test_the_card_leaves_nothing_open(model: str) -> None:
    card = read_card(ZOO / f"{model}.onnx")
    assert card.problems == ()
    images = [spec for spec in card.inputs if spec.bands]
    assert images and all(spec.scaling and spec.training_features for spec in images)
    assert all(band.common_name and band.wavelength_um for spec in images for band in spec.bands)
    assert all(item.color and item.name for spec in card.outputs for item in spec.classes)


@pytest.mark.parametrize("model", MODELS)
def test_the_card_says_how_far_its_probabilities_hold(model: str) -> None:
    item = read_item(model)
    said = item["properties"]
    if not any(output["classification:classes"] for output in said["mlm:output"]):
        pytest.skip("makes an image, no classes")
    curve = said["geonnx:reliability"]
    assert len(curve["confidence"]) == len(curve["accuracy"]) == len(curve["count"]) >= 5
    gaps = [abs(a - b) for a, b in zip(curve["confidence"], curve["accuracy"])]
    error = sum(gap * count for gap, count in zip(gaps, curve["count"])) / sum(curve["count"])
    assert error == pytest.approx(curve["error"], abs=0.002)


@pytest.mark.parametrize("model", MODELS)
def test_the_card_follows_the_schema(model: str, shared_data: Path) -> None:
    pystac = pytest.importorskip("pystac", reason="pystac is not installed (pip install 'pystac[validation]')")
    from pystac.validation.stac_validator import JsonSchemaSTACValidator

    item, validator = read_item(model), JsonSchemaSTACValidator()
    validator.schema_cache.update(load_schemas(shared_data))
    validator.validate(item, pystac.STACObjectType.ITEM, item["stac_version"], item["stac_extensions"])


@needs_models
def test_they_are_found_by_id_without_a_models_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(entries.MODELS_VARIABLE, raising=False)
    listed = [entry for entry in entries.list_models() if entry.source == "bundled"]
    assert sorted(entry.id for entry in listed) == MODELS
    for entry in listed:
        assert entry.name and entry.task and entry.licence and entry.sha256
        assert load_model(entry.id).sha256 == entry.sha256


def test_bundled_models_are_listed_by_rank(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, rank in (("a", 2), ("b", None), ("c", 1)):
        card = write_mlm(box(tmp_path / f"{name}.onnx"), bands=["B04", "B03", "B02"], classes=[(0, "x"), (1, "y")])
        item = json.loads(card.read_text())
        if rank is not None:
            item["properties"]["geonnx:rank"] = rank
        card.write_text(json.dumps(item))
    monkeypatch.setattr(entries, "BUNDLED", tmp_path)
    assert [entry.path.stem for entry in entries.list_models() if entry.path] == ["b", "c", "a"]


@needs_models
@pytest.mark.parametrize(
    ("model", "names", "sister"),
    [
        ("s2-landcover", ("B02", "B03", "B04", "B08"), "s2-landcover-4b"),
        ("s2-cloudmask.int8", ("B08", "B04", "B03", "B02"), "s2-cloudmask-4b"),
        ("s2-change", ("B02", "B03", "B04", "B08"), "s2-change-4b"),
        ("s2-landcover", ("B02", "B03", "B04"), ""),
        ("s2-landcover-4b", ("B02", "B03", "B04"), ""),
        ("s2-landcover", ("", "", "", ""), ""),  # that the order is right would only be taken for granted
    ],
)
def test_missing_bands_name_the_model_that_fits(
    tmp_path: Path, model: str, names: tuple[str, ...], sister: str
) -> None:
    path = write_raster(tmp_path / "scene.tif", noise(len(names), 20, 20, "uint16"), names=names)
    card = load_model(model.removesuffix(".int8")).card
    card = replace(card, model_path=card.model_path.with_name(f"{model}.onnx"))
    with pytest.raises(RasterError, match="BANDS") as error:
        choose_model_bands(card, spec_of_date(image_input(card)), open_raster(str(path)), "")
    wanted = f" Or give {sister} as MODEL, which takes B02, B03, B04, B08."
    assert str(error.value).endswith(wanted) if sister else "as MODEL" not in str(error.value)


@needs_models
def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    for suffix in (".onnx", ".json"):
        shutil.copy(ZOO / f"{MODELS[0]}{suffix}", tmp_path)
    path = tmp_path / f"{MODELS[0]}.onnx"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError, match="SHA-256"):
        load_model(path)


def test_the_page_and_the_list_of_hashes_are_up_to_date() -> None:
    pytest.importorskip("detect_secrets", reason="detect-secrets is not installed (make setup)")
    command = [sys.executable, str(ROOT / "tools" / "zoo.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_model_is_trained_in_the_same_steps() -> None:
    """``make -C training`` calls them; a folder without a card is not finished and none of its models is shipped."""
    training = ROOT / "training"
    finished = [path.parent for path in training.glob("*/card.py") if path.parent.name != "common"]
    for folder in finished:
        for step in ("__init__", "prepare", "train", "export", "evaluate", "card"):
            assert (folder / f"{step}.py").exists(), f"{folder.name}/{step}.py"
    names = {folder.name.replace("_", "-") for folder in finished}
    assert {re.sub(r"-4b$", "", model) for model in MODELS} <= names
    made = re.search(r"^MODELS = (.*)$", (training / "Makefile").read_text(), re.MULTILINE)
    assert made is not None and names <= set(made[1].split())
