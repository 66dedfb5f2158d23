"""The same model described in every dialect: what is read, what is refused, and that the maps are the same."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from geonnx.models import RunSettings, load_model, segment
from geonnx.models.card import dlpk
from geonnx.models.card.read import read_card
from geonnx.models.card.types import BandSpec, ModelCard, Scaling
from geonnx.models.describe import Changes, describe
from geonnx.models.errors import GeonnxError, ModelError
from geonnx.models.inspect import describe_model
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import helper

from ..rasters import noise, read_raster, write_raster
from ..tiny_models import box, identity, save, unet, write_mlm

CLASSES = {0: "bare", 1: "water", 2: "forest", 3: "crops"}
BYTE = Scaling("scale", value=255.0)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GEONNX_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def network(folder: Path, name: str = "land.onnx") -> Path:
    """Return the network of the five dialects: three bands, four classes, any size."""
    folder.mkdir(parents=True, exist_ok=True)
    return unet(folder / name, bands=3, classes=4, width=6, levels=2)


def with_metadata(model: Path, values: dict[str, Any], as_text: Callable[[Any], str] = json.dumps) -> Path:
    proto = onnx.load(str(model))
    helper.set_model_props(proto, {key: as_text(value) for key, value in values.items()})
    onnx.save(proto, str(model))
    return model


def write_json(path: Path, data: Any) -> Path:
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


DEEPNESS = {
    "model_type": "Segmentor", "class_names": CLASSES, "tile_size": 64, "tiles_overlap": 40,
    "standardization_mean": [0, 0, 0], "standardization_std": [1, 1, 1],
}  # fmt: skip
GEOAI = {
    "model_name": "me/land", "task": "semantic-segmentation", "input_height": 64, "input_width": 64,
    "input_channels": 3, "opset_version": 17, "output_names": ["logits"], "num_labels": 4,
    "id2label": {str(key): name for key, name in CLASSES.items()},
}  # fmt: skip
EMD = {
    "Framework": "Onnx", "ModelConfiguration": "Mine", "ModelType": "ImageClassification", "ModelFile": ".\\land.onnx",
    "ExtractBands": [0, 1, 2], "DataRange": [0.0, 1.0], "ImageHeight": 64, "ImageWidth": 64, "ModelPadding": 12,
    "Classes": [{"Value": key, "Name": name, "Color": [key, 20, 30]} for key, name in CLASSES.items()],
}  # fmt: skip


def as_mlm(folder: Path) -> Path:
    model = network(folder)
    write_mlm(model, bands=[], channels=3, classes=list(CLASSES.items()), scaling=[{"type": "scale", "value": 255}])
    return model


def as_mlm_collection(folder: Path) -> Path:
    model = network(folder / "models")
    item = json.loads(write_mlm(model, bands=[], channels=3, classes=list(CLASSES.items()),
                                scaling=[{"type": "min-max", "minimum": 0, "maximum": 255}]).read_text())  # fmt: skip
    model.with_suffix(".json").unlink()
    write_json(
        folder / "collection.json",
        {
            "type": "Collection",
            "stac_extensions": ["https://stac-extensions.github.io/mlm/v1.4.0/schema.json"],
            "id": "c",
            "summaries": {key: value for key, value in item["properties"].items() if key.startswith("mlm:")},
            "assets": {"m": {"href": "./models/land.onnx", "roles": ["mlm:model"]}},
        },
    )
    return model


def as_deepness(folder: Path) -> Path:
    return with_metadata(network(folder), DEEPNESS)


def as_emd(folder: Path) -> Path:
    network(folder)
    return write_json(folder / "land.emd", EMD)


def as_dlpk(folder: Path) -> Path:
    model = network(folder / "in")
    with zipfile.ZipFile(folder / "land.dlpk", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("land/land.emd", json.dumps(EMD))
        archive.write(model, "land/land.onnx")
        archive.writestr("land/code.py", "raise SystemExit")
    return folder / "land.dlpk"


def as_geoai(folder: Path) -> Path:
    model = network(folder)
    write_json(folder / "land.onnx.json", GEOAI)
    return model


def as_described(folder: Path) -> Path:
    model = network(folder)
    classes = ", ".join(f"{key}={name}" for key, name in CLASSES.items())
    describe(model, Changes(classes=classes, scaling='[{"type": "scale", "value": 255}]', halo_px=12))
    return model


DIALECTS: dict[str, Callable[[Path], Path]] = {
    "mlm": as_mlm, "collection": as_mlm_collection, "deepness": as_deepness, "emd": as_emd, "dlpk": as_dlpk,
    "geoai": as_geoai, "described": as_described,
}  # fmt: skip


def test_one_network_in_every_dialect_gives_the_identical_map(tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "rgb.tif", noise(3, 150, 190, "uint8"))
    maps = {}
    for name, make in DIALECTS.items():
        model = load_model(make(tmp_path / name))
        assert [spec.name for spec in model.card.outputs[0].classes] == list(CLASSES.values()), name
        assert "never executed" not in " ".join(model.card.problems)
        # tiles as large as the raster: dialects know different overlaps
        segment(model, str(raster), str(tmp_path / f"{name}.tif"), RunSettings(tile_size=256))
        maps[name] = read_raster(tmp_path / f"{name}.tif")
    assert len(np.unique(maps["mlm"])) > 1
    for name, found in maps.items():
        np.testing.assert_array_equal(found, maps["mlm"], err_msg=name)


def test_dialects_are_told_apart(tmp_path: Path) -> None:
    found = {name: read_card(make(tmp_path / name)).dialect for name, make in DIALECTS.items()}
    assert found == {
        "mlm": "STAC MLM 1.5.2", "collection": "STAC MLM 1.4.0", "deepness": "Deepness metadata",
        "emd": "Esri model definition", "dlpk": "Esri model definition", "geoai": "geoai",
        "described": "STAC MLM 1.5.2",
    }  # fmt: skip


# ---- Deepness


def deepness(tmp_path: Path, **values: Any) -> ModelCard:
    metadata = {**DEEPNESS, **values}
    model = with_metadata(network(tmp_path), {key: value for key, value in metadata.items() if value is not None})
    return read_card(model)


def test_deepness(tmp_path: Path) -> None:
    card = deepness(tmp_path, resolution=50, standardization_mean=[0.485, 0.456, 0.406],
                    standardization_std=[0.229, 0.224, 0.225])  # fmt: skip
    assert (card.task, card.gsd_m, card.tile_px) == ("segment", 0.5, 64)
    # 40 % of 64 px are shared by two neighbours: half of it lies on each side of a tile
    assert card.halo_px == 12
    assert card.inputs[0].scaling[0].type == "z-score"
    assert card.inputs[0].scaling[0].mean == pytest.approx(0.485 * 255)
    assert card.inputs[0].scaling[2].stddev == pytest.approx(0.225 * 255)
    assert [spec.name for spec in card.outputs[0].classes] == list(CLASSES.values())
    assert card.problems == ()


@pytest.mark.parametrize(
    ("values", "check"),
    [
        ({"tile_size": None, "tiles_size": 32}, lambda card: card.tile_px == 32),
        ({"tiles_size": 32}, lambda card: card.tile_px == 64 and "tile_size 64 and tiles_size 32" in card.problems[0]),
        ({"class_names": None, "names": CLASSES}, lambda card: card.outputs[0].classes[1].name == "water"),
        ({"class_names": [CLASSES]}, lambda card: card.outputs[0].classes[3].name == "crops"),
        ({"class_names": list(CLASSES.values())}, lambda card: card.outputs[0].classes[2].name == "forest"),
        ({"model_type": "segmentor"}, lambda card: card.task == "segment"),
        ({"model_type": None}, lambda card: "do not name a model_type" in card.problems[0]),
        ({"standardization_std": None}, lambda card: card.inputs[0].scaling == (BYTE,)),
        ({"seg_thresh": 0.4}, lambda card: "seg_thresh 0.4" in card.problems[0]),
        ({"seg_small_segment": 9}, lambda card: "median filter" in card.problems[0]),
        ({"tile_size": None}, lambda card: card.halo_px is None and "without a tile size" in card.problems[0]),
    ],
)
def test_spellings_of_deepness(tmp_path: Path, values: dict[str, Any], check: Callable[[ModelCard], bool]) -> None:
    card = deepness(tmp_path, **values)
    assert check(card), card


def test_deepness_with_one_score(tmp_path: Path) -> None:
    model = save(
        tmp_path / "one.onnx",
        [helper.make_node("Neg", ["image"], ["map"])],
        inputs=[("image", "float32", [1, 1, 64, 64])],
        outputs=[("map", "float32", [1, 1, 64, 64])],
        metadata={"model_type": '"Segmentor"', "class_names": '{"0": "other", "1": "roof"}', "seg_thresh": "0.7"},
    )
    card = read_card(model)
    # Deepness compares the output itself with the threshold
    assert (card.outputs[0].activation, card.outputs[0].threshold) == ("none", 0.7)
    assert card.tile_px is None


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"model_type": "Detector"}, "Deepness Detector; only its type Segmentor"),
        ({"model_type": "Regressor"}, "Deepness Regressor"),
        ({"model_type": "Superresolution"}, "Deepness Superresolution"),
        ({"model_type": "Recognition"}, "Deepness Recognition"),
        ({"resolution": "fine"}, "resolution should be a number"),
        ({"resolution": -3}, "resolution is -3 cm"),
        ({"tiles_overlap": 100}, "tiles_overlap is 100 %"),
        ({"standardization_std": [1, 0, 1]}, "deviations above 0"),
        ({"standardization_mean": [0, 0]}, "same length"),
        ({"class_names": {"first": "x"}}, "numbers as keys; found 'first'"),
        ({"class_names": {"0": "x", "1": "y"}}, "lists 2 classes; .* has 4 class scores"),
    ],
)
def test_deepness_refusals(tmp_path: Path, values: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        deepness(tmp_path, **values)


# ---- Ultralytics


def ultralytics(tmp_path: Path, task: str, rank: int = 2, **values: Any) -> Path:
    outputs: dict[int, list[Any]] = {2: [1, 3], 4: [1, 3, 64, 64]}
    nodes = [helper.make_node("ReduceMean", ["images"], ["output0"], axes=[2, 3], keepdims=0)]
    if rank == 4:
        nodes = [helper.make_node("Identity", ["images"], ["output0"])]
    model = save(
        tmp_path / "yolo.onnx",
        nodes,
        inputs=[("images", "float32", [1, 3, 64, 64])],
        outputs=[("output0", "float32", outputs[rank])],
    )
    metadata = {
        "description": "Ultralytics YOLO", "author": "Ultralytics", "license": "AGPL-3.0", "version": "8.3.1",
        "task": task, "stride": 32, "batch": 1, "imgsz": [64, 64], "names": {0: "field", 1: "road", 2: "roof's"},
        "args": {"nms": False}, **values,
    }  # fmt: skip
    return with_metadata(model, metadata, str)


def test_ultralytics_classification(tmp_path: Path) -> None:
    card = read_card(ultralytics(tmp_path, "classify"))
    assert (card.task, card.dialect, card.licence, card.version) == (
        "classify", "Ultralytics metadata", "AGPL-3.0", "8.3.1",
    )  # fmt: skip
    assert card.inputs[0].scaling == (BYTE,)
    assert [spec.name for spec in card.outputs[0].classes] == ["field", "road", "roof's"]
    assert card.outputs[0].dims == "BK"


def test_ultralytics_semantic_segmentation(tmp_path: Path) -> None:
    card = read_card(ultralytics(tmp_path, "semantic", rank=4, imgsz=[128, 128]))
    assert (card.task, card.outputs[0].dims) == ("segment", "BKHW")
    assert "imgsz 128 × 128; the ONNX file takes 64 × 64" in card.problems[0]


@pytest.mark.parametrize("task", ["detect", "segment", "pose", "obb", "dream"])
def test_ultralytics_refusals(tmp_path: Path, task: str) -> None:
    with pytest.raises(ModelError, match="can be run so far"):
        read_card(ultralytics(tmp_path, task))


def test_python_in_metadata_is_not_executed(tmp_path: Path) -> None:
    marker = tmp_path / "touched"
    model = ultralytics(tmp_path, "classify", names=f"__import__('pathlib').Path({str(marker)!r}).touch()")
    with pytest.raises(ModelError, match="class names"):
        read_card(model)
    assert not marker.exists()


# ---- Esri


def emd(tmp_path: Path, **values: Any) -> ModelCard:
    network(tmp_path)
    definition = {**EMD, **values}
    return read_card(
        write_json(tmp_path / "land.emd", {key: value for key, value in definition.items() if value is not None})
    )


def test_emd(tmp_path: Path) -> None:
    card = emd(tmp_path, CellSize={"x": 10, "y": 10, "spatialReference": {"wkid": 32633}}, ModelName="Land", Version=2)
    assert (card.name, card.task, card.gsd_m, card.halo_px, card.tile_px, card.version) == (
        "Land", "segment", 10, 12, 64, "2",
    )  # fmt: skip
    assert card.inputs[0].bands == tuple(BandSpec(f"Band_{number}", number=number) for number in (1, 2, 3))
    assert card.inputs[0].scaling == (BYTE,)
    assert card.outputs[0].classes[2].color == "#02141e"
    assert card == read_card(tmp_path / "land.onnx")


@pytest.mark.parametrize(
    ("values", "check"),
    [
        ({"ExtractBands": ["red", "green", "nir"]}, lambda card: card.inputs[0].band_names == ("red", "green", "nir")),
        ({"ExtractBands": None}, lambda card: card.inputs[0].bands == ()),
        ({"ExtractBands": [3, 2, 1]}, lambda card: [band.number for band in card.inputs[0].bands] == [4, 3, 2]),
        ({"DataRange": [0, 255]}, lambda card: card.inputs[0].scaling == ()),
        (
            {"DataRange": [-1, 1]},
            lambda card: card.inputs[0].scaling == (Scaling("z-score", mean=127.5, stddev=127.5),),
        ),
        ({"DataRange": None}, lambda card: any("does not say how values are scaled" in text for text in card.problems)),
        (
            {"NormalizationStats": {"band_mean_values": [1, 2, 3], "band_std_values": [4, 5, 6]}},
            lambda card: card.inputs[0].scaling[1] == Scaling("z-score", mean=2, stddev=5),
        ),
        (
            {"NormalizationStats": {"band_min_values": [0] * 3, "band_max_values": [200] * 3,
                                    "scaled_mean_values": [0.5] * 3, "scaled_std_values": [0.1] * 3}},
            lambda card: card.inputs[0].scaling[0] == Scaling("z-score", mean=100, stddev=20),
        ),
        ({"Classes": EMD["Classes"][1:]}, lambda card: card.outputs[0].classes[0].name == "background"),
        ({"MinCellSize": 0.5, "MaxCellSize": 2}, lambda card: (card.gsd_m, card.gsd_range_m) == (None, (0.5, 2))),
        (
            {"CellSize": {"x": 0.0001, "y": 0.0001, "spatialReference": {"wkid": 4326}}},
            lambda card: card.gsd_m is None and "degrees" in card.problems[-1],
        ),
        ({"InferenceFunction": "mine.py"}, lambda card: "never executed" in card.problems[0]),
        ({"ModelFile": None}, lambda card: card.model_path.name == "land.onnx"),
    ],
)  # fmt: skip
def test_spellings_of_emd(tmp_path: Path, values: dict[str, Any], check: Callable[[ModelCard], bool]) -> None:
    card = emd(tmp_path, **values)
    assert check(card), card


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"Framework": "PyTorch"}, "framework 'PyTorch'; only ONNX"),
        ({"Framework": "arcgis.learn.models._inferencing"}, "framework 'arcgis.learn"),
        ({"ModelType": "ObjectDetection"}, "type 'ObjectDetection'"),
        ({"ModelFile": "other.onnx"}, "'other.onnx', which is not there"),
        ({"ExtractBands": [0, 1, 1.5]}, "ExtractBands should be a whole number"),
        ({"ExtractBands": [-1, 0, 1]}, "numbers from 0"),
        ({"ExtractBands": [0, 1]}, "names 2 bands"),
        ({"ModelPadding": -5}, "ModelPadding is -5"),
        ({"Classes": [1, 2]}, "Classes should be a list of objects"),
    ],
)
def test_emd_refusals(tmp_path: Path, values: dict[str, Any], message: str) -> None:
    network(tmp_path)
    (tmp_path / "land.onnx").rename(tmp_path / "x.onnx")
    named = values.get("ModelFile", "x.onnx")
    path = write_json(tmp_path / "land.emd", {**EMD, **values, "ModelFile": named})
    with pytest.raises(ModelError, match=message):
        read_card(path)


def test_emd_bands_by_number(tmp_path: Path) -> None:
    model = network(tmp_path)
    values = noise(5, 70, 80, "uint8")
    four = write_raster(tmp_path / "five.tif", values, names=["a", "b", "c", "d", "e"])
    three = write_raster(tmp_path / "three.tif", values[[3, 2, 0]])
    write_json(tmp_path / "land.emd", {**EMD, "ExtractBands": [3, 2, 0]})
    segment(load_model(tmp_path / "land.emd"), str(four), str(tmp_path / "by_number.tif"))
    (tmp_path / "land.emd").unlink()
    write_mlm(model, bands=[], channels=3, classes=list(CLASSES.items()), scaling=[{"type": "scale", "value": 255}],
              properties={"geonnx:halo_px": 12, "geonnx:tile_px": 64})  # fmt: skip
    segment(load_model(model), str(three), str(tmp_path / "in_order.tif"))
    np.testing.assert_array_equal(read_raster(tmp_path / "by_number.tif"), read_raster(tmp_path / "in_order.tif"))
    with pytest.raises(GeonnxError, match=r"bands number 4, 3, 1; three\.tif has only"):
        write_json(tmp_path / "land.emd", {**EMD, "ExtractBands": [3, 2, 0]})
        segment(load_model(tmp_path / "land.emd"), str(three), str(tmp_path / "no.tif"))


# ---- .dlpk


def test_dlpk_is_unpacked_once(tmp_path: Path, cache: Path) -> None:
    package = as_dlpk(tmp_path)
    card = read_card(package)
    assert card.card_path == package
    assert card.model_path.is_relative_to(cache)
    files = sorted(path.name for path in cache.rglob("*") if path.is_file())
    assert files == ["model.emd", "model.onnx"]
    before = card.model_path.stat().st_mtime_ns
    assert read_card(package) == card
    assert card.model_path.stat().st_mtime_ns == before


def packed(path: Path, entries: dict[str, bytes], **options: Any) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"a.txt": b"x"}, "no Esri model definition"),
        ({"../land.emd": b"{}"}, "points outside of the package"),
        ({"/etc/land.emd": b"{}"}, "points outside of the package"),
        ({"..\\..\\land.emd": b"{}"}, "points outside of the package"),
        ({"C:/land.emd": b"{}"}, "points outside of the package"),
        ({"land.emd": b"not json"}, "is no Esri model definition"),
        ({"land.emd": b"[1]"}, "is no Esri model definition"),
        ({"land.emd": json.dumps(EMD).encode()}, "does not hold the ONNX file"),
        ({"land.emd": json.dumps({**EMD, "Framework": "Keras"}).encode()}, "framework 'Keras'"),
        ({"land.emd": json.dumps(EMD).encode(), "land.onnx": bytes(8 << 20)}, "grows from"),
        ({"land.emd": b" " * (20 << 20)}, "expected at most 16 MB"),
        ({"a.emd": json.dumps(EMD).encode(), "b.emd": json.dumps(EMD).encode()}, "several model definitions"),
        ({"land.emd": json.dumps({**EMD, "ModelFile": "../../out.onnx"}).encode()}, "does not hold the ONNX file"),
    ],
)
def test_dlpk_refusals(tmp_path: Path, cache: Path, entries: dict[str, bytes], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        read_card(packed(tmp_path / "bad.dlpk", entries))
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "bad.dlpk"]


def test_dlpk_that_is_no_archive(tmp_path: Path) -> None:
    path = as_dlpk(tmp_path)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(ModelError, match="no complete zip archive"):
        read_card(path)
    with pytest.raises(ModelError, match="there is none"):
        read_card(tmp_path / "none.dlpk")


def test_dlpk_with_false_sizes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = as_dlpk(tmp_path)
    raw = bytearray(path.read_bytes())
    place = raw.rfind(b"land/land.onnx") - 46 + 24  # uncompressed size in the central directory
    raw[place : place + 4] = (100).to_bytes(4, "little")
    path.write_bytes(bytes(raw))
    with pytest.raises(ModelError, match=r"larger than the archive says|damaged|no complete zip"):
        read_card(path)
    monkeypatch.setattr(dlpk, "_MOST_ENTRIES", 2)
    with pytest.raises(ModelError, match="holds 3 files"):
        read_card(as_dlpk(tmp_path / "again"))


# ---- geoai


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"task": "depth-estimation"}, "geoai model for 'depth-estimation'"),
        ({"id2label": {"0": "a"}}, "lists 1 classes"),
        ({"id2label": 5}, "numbers and names; found 5"),
        ({"input_channels": "three"}, "input_channels should be a number"),
    ],
)
def test_geoai_refusals(tmp_path: Path, values: dict[str, Any], message: str) -> None:
    model = network(tmp_path)
    write_json(tmp_path / "land.onnx.json", {**GEOAI, **values})
    with pytest.raises(ModelError, match=message):
        read_card(model)


def test_geoai_json_as_model(tmp_path: Path) -> None:
    model = as_geoai(tmp_path)
    card = read_card(tmp_path / "land.onnx.json")
    assert card == read_card(model)
    assert (card.name, card.tile_px, card.inputs[0].scaling) == ("land", 64, (BYTE,))


# ---- STAC MLM


def item_of(model: Path, **extra: Any) -> dict[str, Any]:
    card = write_mlm(model, bands=["B04", "B08", "VV"], classes=[(0, "x"), (1, "y"), (2, "z")], **extra)
    return json.loads(card.read_text())


BANDS_OLD = [
    {"name": "B04", "common_name": "red", "center_wavelength": 0.665},
    {"name": "B08", "common_name": "nir", "center_wavelength": 0.842},
    {"name": "other", "common_name": "blue"},
]
BANDS_NEW = [
    {"name": "B04", "eo:common_name": "red", "eo:center_wavelength": 0.665},
    {"name": "B08", "eo:common_name": "nir", "eo:center_wavelength": 0.842},
]


@pytest.mark.parametrize(
    "place",
    [
        lambda item: item["properties"].update(bands=BANDS_NEW),
        lambda item: item["properties"].update({"eo:bands": BANDS_OLD}),
        lambda item: item["assets"]["model"].update({"eo:bands": BANDS_OLD}),
        lambda item: item["assets"]["model"].update({"raster:bands": BANDS_OLD}),
        lambda item: item["assets"].update(image={"href": "x.tif", "bands": BANDS_NEW}),
        lambda item: item["properties"].update({"eo:bands": BANDS_OLD[:1], "bands": [{"name": "B04"}, BANDS_NEW[1]]}),
    ],
)
def test_bands_by_name(tmp_path: Path, place: Callable[[Any], Any]) -> None:
    model = identity(tmp_path / "m.onnx", bands=3)
    item = item_of(model)
    place(item)
    write_json(tmp_path / "m.json", item)
    assert read_card(model).inputs[0].bands == (
        BandSpec("B04", "red", 0.665), BandSpec("B08", "nir", 0.842), BandSpec("VV"),
    )  # fmt: skip


@pytest.mark.parametrize("where", ["item_assets", "summaries"])
def test_bands_of_the_collection(tmp_path: Path, where: str) -> None:
    model = identity(tmp_path / "m.onnx", bands=3)
    item = item_of(model)
    item["links"] = [{"rel": "collection", "href": "./c/collection.json"}]
    write_json(tmp_path / "m.json", item)
    (tmp_path / "c").mkdir()
    holder = {"data": {"eo:bands": BANDS_OLD}} if where == "item_assets" else {"eo:bands": BANDS_OLD}
    write_json(tmp_path / "c" / "collection.json", {"type": "Collection", "id": "c", where: holder})
    assert read_card(model).inputs[0].bands[:2] == (BandSpec("B04", "red", 0.665), BandSpec("B08", "nir", 0.842))


STEPS: list[tuple[dict[str, Any], Scaling]] = [
    ({"type": "min-max", "minimum": 0, "maximum": 4}, Scaling("min-max", minimum=0, maximum=4)),
    ({"type": "z-score", "mean": 1, "stddev": 2}, Scaling("z-score", mean=1, stddev=2)),
    ({"type": "clip", "minimum": 0, "maximum": 1}, Scaling("clip", minimum=0, maximum=1)),
    ({"type": "clip-min", "minimum": 3}, Scaling("clip-min", minimum=3)),
    ({"type": "clip-max", "maximum": 3}, Scaling("clip-max", maximum=3)),
    ({"type": "offset", "value": 1000}, Scaling("offset", value=1000)),
    ({"type": "scale", "value": 10000}, Scaling("scale", value=10000)),
]


@pytest.mark.parametrize(("entry", "step"), STEPS)
def test_every_scaling_alone_and_a_band(tmp_path: Path, entry: dict[str, Any], step: Scaling) -> None:
    model = identity(tmp_path / "m.onnx", bands=3)
    for said, expected in (
        ([entry], (step,)), (entry, (step,)), ([entry, None, entry], (step, None, step)), ([None], ()), (None, ()),
        ([entry, {"type": "scale", "value": 1}, entry], (step, None, step)),
    ):  # fmt: skip
        item = item_of(model)
        item["properties"]["mlm:input"][0]["value_scaling"] = said
        write_json(tmp_path / "m.json", item)
        assert read_card(model).inputs[0].scaling == expected


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (
            {"norm_by_channel": True, "norm_type": "z-score",
             "statistics": {"mean": [1, 2, 3], "stddev": [4, 5, 6], "minimum": None}},
            tuple(Scaling("z-score", mean=mean, stddev=mean + 3) for mean in (1, 2, 3)),
        ),
        (
            {"norm_type": "z_score", "statistics": [{"mean": 1, "stddev": 2}] * 3},
            (Scaling("z-score", mean=1, stddev=2),) * 3,
        ),
        (
            {"norm_by_channel": False, "norm_type": "min-max", "statistics": {"minimum": [0], "maximum": [255]}},
            (Scaling("min-max", minimum=0, maximum=255),),
        ),
        (
            {"norm_type": "clip", "norm_clip": [3000, 3000, 2]},
            tuple(Scaling("scale", value=v) for v in (3000, 3000, 2)),
        ),
        ({"norm_type": None}, ()),
        ({"norm_type": "none"}, ()),
    ],
)  # fmt: skip
def test_scaling_before_mlm_1_3(tmp_path: Path, entry: dict[str, Any], expected: Any) -> None:
    model = identity(tmp_path / "m.onnx", bands=3)
    item = item_of(model)
    del item["properties"]["mlm:input"][0]["value_scaling"]
    item["properties"]["mlm:input"][0].update(entry)
    item["properties"]["mlm:output"][0]["result"] = [item["properties"]["mlm:output"][0]["result"]]
    write_json(tmp_path / "m.json", item)
    card = read_card(model)
    assert card.inputs[0].scaling == expected
    assert any("clipping is not" in problem for problem in card.problems) == (entry["norm_type"] == "clip")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"norm_type": "l2"}, "norm_type .* is 'l2'"),
        ({"norm_type": "z-score", "statistics": {"mean": [1]}}, "do not give mean and stddev"),
        ({"norm_type": "z-score", "statistics": {"mean": [1], "stddev": [0]}}, "divides by zero"),
        ({"norm_type": "clip"}, "without norm_clip"),
    ],
)
def test_refused_scaling_before_mlm_1_3(tmp_path: Path, entry: dict[str, Any], message: str) -> None:
    model = identity(tmp_path / "m.onnx", bands=3)
    item = item_of(model)
    item["properties"]["mlm:input"][0].update(entry)
    write_json(tmp_path / "m.json", item)
    with pytest.raises(ModelError, match=message):
        read_card(model)


def test_resize_type_is_recorded(tmp_path: Path) -> None:
    model = identity(tmp_path / "m.onnx", bands=3)
    for value, count in (("crop", 0), ("interpolation-linear", 1), ("stretch", 1), (None, 0)):
        item = item_of(model)
        item["properties"]["mlm:input"][0]["resize_type"] = value
        write_json(tmp_path / "m.json", item)
        card = read_card(model)
        assert card.inputs[0].resize == ("" if value in (None, "stretch") else value)
        assert len(card.problems) == count


REMOTE = "https://example.org/models/m.onnx?download=true"


def test_where_the_model_lies(tmp_path: Path) -> None:
    model = identity(tmp_path / "m.onnx", bands=3)
    item = item_of(model)
    model.with_suffix(".json").unlink()

    def card_at(path: Path, href: str) -> Path:
        path.parent.mkdir(exist_ok=True)
        item["assets"]["model"]["href"] = href
        return write_json(path, item)

    for path, href in (
        (tmp_path / "other.json", "m.onnx"),
        (tmp_path / "other.json", "./m.onnx"),
        (tmp_path / "other.json", model.as_uri()),
        (tmp_path / "other.json", REMOTE),
        (tmp_path / "m.json", "https://example.org/else.bin"),
        (tmp_path / "sub" / "item.json", "../m.onnx"),
    ):
        card = card_at(path, href)
        assert read_card(card).model_path.resolve() == model.resolve(), href
        card.unlink()
    with pytest.raises(ModelError, match=r"'https://example.org/a.onnx', which is not on this computer.* as a\.onnx"):
        read_card(card_at(tmp_path / "other.json", "https://example.org/a.onnx"))
    with pytest.raises(ModelError, match="no ONNX file: export that model"):
        read_card(card_at(tmp_path / "other.json", "https://example.org/weights.pth"))


def test_descriptions_beside_and_above_are_found(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    model = identity(folder / "m.onnx", bands=3)
    item = item_of(model)
    model.with_suffix(".json").unlink()
    write_json(folder / "unrelated.json", {"mlm:": 1})
    item["assets"]["model"]["href"] = "other.onnx"
    write_json(folder / "another-model.json", item)
    assert read_card(model).dialect == "bare ONNX"
    item["assets"]["model"]["href"] = "models/m.onnx"
    above = write_json(tmp_path / "item.json", item)
    assert read_card(model).card_path == above
    item["assets"]["model"]["href"] = REMOTE
    beside = write_json(folder / "item.json", item)
    assert read_card(model).card_path == beside
    # a collection that only links to its items
    collection = write_json(
        tmp_path / "collection.json",
        {
            "type": "Collection",
            "id": "c",
            "item_assets": {"model": {"roles": ["mlm:model"]}},
            "links": [{"rel": "item", "href": "./models/item.json"}],
        },
    )
    assert read_card(collection).model_path.resolve() == model.resolve()


def test_examples_describe_a_model_of_their_shape(shared_data: Path, tmp_path: Path) -> None:
    item = json.loads((shared_data / "mlm" / "examples" / "item_eo_bands_summarized.json").read_text())
    model = save(
        tmp_path / "resnet.onnx",
        [helper.make_node("ReduceMean", ["x"], ["y"], axes=[2, 3], keepdims=0)],
        inputs=[("x", "float32", ["n", 13, 64, 64])],
        outputs=[("y", "float32", ["n", 13])],
    )
    item["properties"]["mlm:output"][0]["classification_classes"] += [
        {"value": v, "name": str(v)} for v in (10, 11, 12)
    ]
    write_json(tmp_path / "resnet.json", item)
    card = read_card(model)
    assert card.task == "classify"
    assert card.inputs[0].bands[3] == BandSpec("B04", "red", 0.665)
    assert card.inputs[0].scaling[3] == Scaling("z-score", mean=947.62620298, stddev=593.75055589)
    assert card.outputs[0].dims == "BK"


# ---- inputs and outputs of any shape


def described(
    tmp_path: Path, tensors: list[tuple[str, list[Any]]], entries: list[dict[str, Any]], **more: Any
) -> ModelCard:
    nodes = [helper.make_node("Identity", [tensors[0][0]], ["out"])]
    model = save(
        tmp_path / "m.onnx",
        nodes,
        inputs=[(name, "float32", shape) for name, shape in tensors],
        outputs=[("out", "float32", tensors[0][1])],
    )
    properties = {
        "mlm:name": "any model", "mlm:tasks": ["semantic-segmentation"], "mlm:input": entries,
        "mlm:output": [{"name": "out", "result": {}}], **more,
    }  # fmt: skip
    write_json(tmp_path / "m.json", {"type": "Feature", "properties": properties, "assets": {}})
    return read_card(model)


def entry(name: str, order: list[str] | None = None, **more: Any) -> dict[str, Any]:
    return {"name": name, "input": {"dim_order": order} if order else {}, **more}


@pytest.mark.parametrize(
    ("tensors", "entries", "expected"),
    [
        (
            [("x", ["n", 4, 3, 8, 8])],
            [entry("x", ["batch", "time", "bands", "height", "width"], bands=["a", "b", "c"])],
            [("series", "BTCHW")],
        ),
        (
            [("x", ["n", 3, 4, 8, 8])],
            [entry("x", ["batch", "channel", "time", "height", "width"])],
            [("series", "BCTHW")],
        ),
        ([("x", ["n", 3, 4, 8, 8])], [entry("x", bands=["a", "b", "c"])], [("series", "BCTHW")]),
        ([("x", ["n", 5])], [entry("x", ["batch", "bands"], bands=list("abcde"))], [("image", "NC")]),
        ([("x", ["n", 9, 5])], [entry("x", ["batch", "time", "bands"], bands=list("abcde"))], [("series", "NTC")]),
        (
            [("x1", ["n", 3, "h", "w"]), ("x2", ["n", 3, "h", "w"])],
            [entry("x1"), entry("x2")],
            [("before", "BCHW"), ("after", "BCHW")],
        ),
        (
            [("img_post", ["n", 3, "h", "w"]), ("img_pre", ["n", 3, "h", "w"])],
            [entry("img_post"), entry("img_pre")],
            [("after", "BCHW"), ("before", "BCHW")],
        ),
        (
            [("A", ["n", 3, "h", "w"]), ("B", ["n", 3, "h", "w"])],
            [entry("A"), entry("B")],
            [("before", "BCHW"), ("after", "BCHW")],
        ),
        (
            [("s2", ["n", 3, "h", "w"]), ("s1", ["n", 2, "h", "w"])],
            [entry("s2"), entry("s1", bands=["VV", "VH"])],
            [("image", "BCHW"), ("sar", "BCHW")],
        ),
        (
            [("x", ["n", 4, 3, "h", "w"]), ("doy", ["n", 4]), ("latlon", ["n", 2]), ("gsd", [1]), ("wave", [3])],
            [
                entry("x", ["batch", "time", "bands", "height", "width"], bands=["a", "b", "c"]),
                entry("doy", **{"geonnx:role": "dates", "geonnx:unit": "day_of_year"}),
                entry("latlon", ["batch", "channel"]),
                entry("gsd"),
                entry("wave"),
            ],
            [("series", "BTCHW"), ("dates", "BC"), ("latlon", "BC"), ("gsd", "B"), ("wavelengths", "B")],
        ),
    ],
)  # fmt: skip
def test_layouts_and_roles(tmp_path: Path, tensors: Any, entries: Any, expected: Any) -> None:
    card = described(tmp_path, tensors, entries)
    assert [(spec.role, spec.dims) for spec in card.inputs] == expected


def test_both_dates_on_the_channel_axis(tmp_path: Path) -> None:
    card = described(tmp_path, [("x", ["n", 6, "h", "w"])], [entry("x", bands=["r", "g", "b"])],
                     **{"geonnx:task": "change"})  # fmt: skip
    assert (card.inputs[0].role, card.outputs[0].role) == ("before+after", "change")
    with pytest.raises(ModelError, match="names 3 bands"):
        described(tmp_path, [("x", ["n", 6, "h", "w"])], [entry("x", bands=["r", "g", "b"])])


def test_cloud_removal(tmp_path: Path) -> None:
    card = described(
        tmp_path,
        [("x", ["n", 3, "h", "w"])],
        [entry("x", bands=["r", "g", "b"])],
        **{
            "geonnx:task": "clouds",
            "mlm:output": [{"name": "out", "result": {"dim_order": ["batch", "channel", "height", "width"]},
                            "geonnx:scaling": [{"type": "scale", "value": 10000}]}],
        },
    )  # fmt: skip
    assert (card.outputs[0].role, card.outputs[0].dims) == ("image", "BCHW")
    assert card.outputs[0].scaling == (Scaling("scale", value=10000),)


@pytest.mark.parametrize(
    ("tensors", "entries", "message"),
    [
        ([("x", ["n", 3, 4, 8, 8])], [entry("x")], "5 dimensions .* describe the others by dim_order"),
        (
            [("x", ["n", 3, 8, 8]), ("thing", ["n", 2])],
            [entry("x"), entry("thing")],
            "'thing' holds no image and nothing says what to fill it with",
        ),
        ([("x", ["n", 3, 8, 8])], [entry("x", ["batch", "y", "height", "width"])], "names an axis twice"),
        ([("x", ["n", 3, 8, 8])], [entry("x", **{"geonnx:unit": "weeks"})], "geonnx:unit .* 'weeks'"),
        ([("x", ["n", 3, 8, 8])], [entry("x", **{"geonnx:values": "dB"})], "geonnx:values .* 'dB'"),
    ],
)
def test_unclear_inputs(tmp_path: Path, tensors: Any, entries: Any, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        described(tmp_path, tensors, entries)


def test_undescribed_inputs_are_told(tmp_path: Path) -> None:
    card = described(tmp_path, [("x", ["n", 3, 8, 8]), ("y", ["n", 3, 8, 8])], [entry("x")])
    assert card.problems == ("The ONNX file has an input 'y' that the card does not describe.",)


# ---- several descriptions of one model


def conflicts(tmp_path: Path, **mlm_extra: Any) -> tuple[str, ...]:
    model = with_metadata(network(tmp_path), {**DEEPNESS, "resolution": 100})
    write_mlm(model, bands=[], channels=3, **{
        "classes": list(CLASSES.items()), "scaling": [{"type": "scale", "value": 255}],
        "properties": {"geonnx:gsd_m": 1, "geonnx:halo_px": 12}, **mlm_extra,
    })  # fmt: skip
    card = read_card(model)
    assert card.dialect == "STAC MLM 1.5.2"
    assert describe_model(load_model(model))["problems"] == list(card.problems)
    return card.problems


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ({}, []),
        ({"scaling": [{"type": "min-max", "minimum": 0, "maximum": 255}]}, []),
        (
            {"scaling": [{"type": "scale", "value": 10000}]},
            ["disagree on the scaling of values: value / 10000 .band 1. against value / 255; land.json is followed"],
        ),
        ({"properties": {"geonnx:gsd_m": 10, "geonnx:halo_px": 12}}, ["ground sampling distance: 10 m against 1 m"]),
        ({"properties": {"geonnx:halo_px": 20}}, ["overlap on each side of a tile: 20 px against 12 px"]),
        (
            {"classes": [(0, "bare"), (1, "forest"), (2, "water"), (3, "crops")]},
            ["land.json and The Deepness metadata in land.onnx disagree on the classes: 1 = forest against 1 = water"],
        ),
        ({"properties": {"geonnx:task": "change", "geonnx:gsd_m": 1}}, ["the task: change against segment"]),
    ],
)
def test_conflicts_are_told(tmp_path: Path, extra: dict[str, Any], said: list[str]) -> None:
    found = conflicts(tmp_path, **extra)
    assert len(found) == len(said), found
    for problem, part in zip(found, said):
        assert part.replace(".band 1.", "(band 1)") in problem


def test_order_of_trust(tmp_path: Path) -> None:
    model = with_metadata(network(tmp_path), {**DEEPNESS, "class_names": {**CLASSES, 3: "cropland"}})
    assert read_card(model).dialect == "Deepness metadata"
    write_json(tmp_path / "land.onnx.json", GEOAI)
    card = read_card(model)
    assert card.dialect == "geoai"
    assert "3 = crops against 3 = cropland; land.onnx.json is followed" in card.problems[-1]
    write_json(tmp_path / "land.emd", EMD)
    assert read_card(model).dialect == "Esri model definition"
    write_mlm(model, bands=[], channels=3, classes=list(CLASSES.items()))
    assert read_card(model).dialect == "STAC MLM 1.5.2"
    # what the user names comes first
    card = read_card(tmp_path / "land.emd")
    assert card.dialect == "Esri model definition"
    assert read_card(tmp_path / "land.onnx.json").dialect == "geoai"


def test_a_second_description_that_is_refused_is_only_told(tmp_path: Path) -> None:
    model = ultralytics(tmp_path, "detect", rank=4)
    with pytest.raises(ModelError, match="object detection"):
        read_card(model)
    write_mlm(model, bands=[], channels=3, classes=[(0, "x"), (1, "y"), (2, "z")])
    card = read_card(model)
    assert "was not used" in card.problems[-1]
    assert "object detection" in card.problems[-1]


def test_unknown_json_is_only_a_note(tmp_path: Path) -> None:
    model = box(tmp_path / "m.onnx")
    write_json(tmp_path / "m.json", {"a": 1})
    write_json(tmp_path / "m.onnx.json", {"b": 1})
    card = read_card(model)
    assert card.dialect == "bare ONNX"
    assert [problem.split(" ")[0] for problem in card.problems[:2]] == ["m.json", "m.onnx.json"]


# ---- nothing crashes

_TEXT = st.text(max_size=30)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXT,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children, max_size=4),
    max_leaves=10,
)
_METADATA = [
    *DEEPNESS,
    "names",
    "tiles_size",
    "resolution",
    "seg_thresh",
    "seg_small_segment",
    "task",
    "imgsz",
    "stride",
]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.dictionaries(st.sampled_from(_METADATA), _JSON.map(str) | _JSON.map(json.dumps) | _TEXT, max_size=6))
def test_no_metadata_crash(tmp_path: Path, values: dict[str, str]) -> None:
    from geonnx.models.card import deepness, ultralytics
    from geonnx.models.runtime.signature import read_signature

    model = tmp_path / "m.onnx"
    if not model.exists():
        network(tmp_path, "m.onnx")
    signature = replace(read_signature(model), metadata=values)
    for is_its, read in (
        (deepness.is_deepness, deepness.read_deepness), (ultralytics.is_ultralytics, ultralytics.read_ultralytics),
    ):  # fmt: skip
        is_its(values)
        try:
            read(model, signature)
        except GeonnxError as error:
            assert str(error).strip()


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    change=st.dictionaries(
        st.sampled_from([*EMD, "NormalizationStats", "MinCellSize", "CellSize", "Padding", "Threshold", "ModelName"]),
        _JSON,
        max_size=4,
    ),
    other=st.dictionaries(st.sampled_from(list(GEOAI)), _JSON, max_size=4),
)
def test_no_json_crash(tmp_path: Path, change: dict[str, Any], other: dict[str, Any]) -> None:
    if not (tmp_path / "land.onnx").exists():
        network(tmp_path)
    write_json(tmp_path / "land.emd", {**EMD, **change})
    write_json(tmp_path / "land.onnx.json", {**GEOAI, **other})
    for path in ("land.emd", "land.onnx.json", "land.onnx"):
        try:
            describe_model(load_model(tmp_path / path))
        except GeonnxError as error:
            assert str(error).strip()


_PARTS = [
    "type", "stac_extensions", "assets", "links", "properties", "summaries", "item_assets", "mlm:input", "mlm:output",
    "bands", "license", "href", "roles", "mlm:tasks", "geonnx:task", "eo:bands", "rel",
]  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    top=st.dictionaries(st.sampled_from(_PARTS), _JSON, max_size=3),
    inner=st.dictionaries(st.sampled_from(_PARTS), _JSON, max_size=3),
    place=st.sampled_from(["properties", "assets", "model", "links", "input", "output"]),
    is_collection=st.booleans(),
    href=st.sampled_from(["m.onnx", "http://[", "file://x/y", "//server/m.onnx", "%00", "C:\\m.onnx", "a" * 5000])
    | _TEXT,
)
def test_no_stac_crash(tmp_path: Path, top: Any, inner: Any, place: str, is_collection: bool, href: str) -> None:
    model = tmp_path / "m.onnx"
    if not model.exists():
        identity(model, bands=3)
    item = item_of(model)
    item["links"] = [{"rel": "collection", "href": href}, {"rel": "item", "href": href}]
    item["assets"]["model"]["href"] = href
    if is_collection:
        item.update(type="Collection", summaries=item.pop("properties"))
    fields = item.get("properties", item.get("summaries"))
    target = {
        "properties": fields, "assets": item["assets"], "model": item["assets"]["model"], "links": item["links"][0],
        "input": fields["mlm:input"][0], "output": fields["mlm:output"][0],
    }[place]  # fmt: skip
    target.update(inner)
    item.update(top)
    write_json(tmp_path / "m.json", item)
    for path in (model, tmp_path / "m.json"):
        try:
            describe_model(load_model(path))
        except GeonnxError as error:
            assert str(error).strip()


@pytest.mark.parametrize("href", ["//server/share/m.onnx", "\\\\server\\share\\m.onnx", "file://server/share/m.onnx"])
def test_other_computers_are_not_asked(tmp_path: Path, href: str) -> None:
    from geonnx.models.card.stac import local_path

    assert local_path(href, tmp_path) is None


def test_docs_name_every_field_of_ours(root: Path) -> None:
    import re

    said = (root / "docs" / "cards.md").read_text(encoding="utf-8")
    sources = "".join(path.read_text(encoding="utf-8") for path in (root / "models" / "card").glob("*.py"))
    fields = set(re.findall(r"geonnx:[a-z_]+", sources))
    assert len(fields) > 12
    assert not {field for field in fields if f"`{field}`" not in said}
