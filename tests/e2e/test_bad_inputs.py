"""Bad inputs through the real ``qgis_process``: one clear sentence, exit code 1, and nothing left behind.

Each call writes over an older result, which has to survive untouched.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
import pytest
from onnx import helper
from osgeo import gdal, ogr, osr

from .. import rasters, tiny_models

OLD_FILES = ("classes.tif", "classes.qml", "classes.tif.aux.xml", "confidence.tif", "polygons.gpkg")
# what QGIS itself says on every call: not about the run
NOISE = re.compile(
    r"DeprecationWarning|^ERROR:\s+An error was encountered while checking parameter values$|^$"
    # said by newer QGIS itself and by newer libtiff, before our sentence
    r"|^GDAL ERROR \d+: |^ERROR: Status 2: |^_tiffWriteProc: "
)
# Python's warning of what QGIS itself calls, with the line of code that follows it
QGIS_WARNING = re.compile(r"^/usr/\S+\.py:\d+: \w*Warning: [^\n]*\n  [^\n]*\n?", re.MULTILINE)
QGIS_LOG = re.compile(r"(ERROR|Warning) \d+: |Logged warning: ")
# names of exceptions, code and libraries' internals mean nothing to the user
INTERNALS = re.compile(
    r"Traceback|File \"|\b[A-Z]\w*(?:Error|Exception)\b|ONNXRuntime|\bprotobuf\b|0x[0-9a-f]{4,}|\.py\b|\.cc:|NoneType"
)


class Case(NamedTuple):
    """One bad call: what differs from a good one, and a fragment of the sentence that it has to give."""

    name: str
    parameters: dict[str, Any]
    """{files}: folder of inputs, {out}: folder of outputs"""
    says: str
    """regular expression"""
    qgis_logs: bool = False
    """True when QGIS itself (any algorithm) logs GDAL's messages while it opens this layer"""


CASES = [
    # bands
    Case("band-missing-by-name", {"MODEL": "{files}/named.onnx"}, r"needs the band.* swir;.*1 \(red\).*BANDS"),
    Case("band-count-wrong", {"MODEL": "{files}/five.onnx"}, r"model takes 5 bands; rgb\.tif has 3: .*BANDS"),
    Case("bands-too-few", {"BANDS": "1,2"}, r"BANDS names 2 bands; the model takes 3"),
    Case("bands-number-out-of-range", {"BANDS": "1,2,7"}, r"BANDS asks for '7'; rgb\.tif has the bands 1 \(red\)"),
    Case("bands-name-unknown", {"BANDS": "red,green,thermal"}, r"BANDS asks for 'thermal'; rgb\.tif has the bands"),
    # models
    Case("model-missing", {"MODEL": "{files}/nowhere.onnx"}, r"there is none: check the path of MODEL"),
    Case("model-empty", {"MODEL": ""}, r"MODEL is empty; expected: Model \(\.onnx"),
    Case("model-is-text", {"MODEL": "{files}/text.onnx"}, r"text\.onnx can't be read as ONNX.*export cut off\?"),
    Case("model-cut-off", {"MODEL": "{files}/cut.onnx"}, r"cut\.onnx can't be read as ONNX.*export cut off\?"),
    Case("model-is-empty-file", {"MODEL": "{files}/empty.onnx"}, r"empty\.onnx is not an ONNX model"),
    Case("model-is-a-folder", {"MODEL": "{files}/folder.onnx"}, r"there is none: check the path of MODEL"),
    Case("model-of-another-kind", {"MODEL": "{files}/weights.pth"}, r"MODEL should be an \.onnx file .*weights\.pth"),
    Case(
        "model-refused-by-runtime",
        {"MODEL": "{files}/unknown_op.onnx"},
        r"can't load unknown_op\.onnx: No Op .*Sqrtt.* again",
    ),
    Case("model-two-inputs", {"MODEL": "{files}/two.onnx"}, r"2 inputs \(before, after\).*STAC MLM item"),
    Case("model-other-output-size", {"MODEL": "{files}/larger.onnx"}, r"\[1, 3, 515, 515\] for 1 tile.*expected a map"),
    Case("model-no-map", {"MODEL": "{files}/vector.onnx"}, r"task 'classify'; expected .*use 'Classify scenes'"),
    Case("card-is-no-card", {"MODEL": "{files}/nocard.json"}, r"nocard\.json is no known form of model description"),
    Case("card-is-no-json", {"MODEL": "{files}/notjson.onnx"}, r"notjson\.json is not valid JSON"),
    Case("card-without-model", {"MODEL": "{files}/lonely.json"}, r"lonely\.json describes a model .* put the ONNX"),
    Case("card-other-bands", {"MODEL": "{files}/cardbands.onnx"}, r"card names 4 bands .* takes 3\. Correct the card"),
    Case("card-other-classes", {"MODEL": "{files}/cardclasses.onnx"}, r"lists 5 classes; .* has 3 class scores"),
    Case("card-other-checksum", {"MODEL": "{files}/checksum.onnx"}, r"expected SHA-256 0{12}….*describe it anew"),
    Case("card-of-another-task", {"MODEL": "{files}/task.onnx"}, r"for the task 'change'; expected one for segment"),
    # rasters
    Case("input-missing", {"INPUT": "{files}/nowhere.tif"}, r"Could not load source layer for INPUT"),
    Case("input-is-text", {"INPUT": "{files}/text.tif"}, r"Could not load source layer for INPUT"),
    Case("input-is-vector", {"INPUT": "{files}/inside.gpkg"}, r"Could not load source layer for INPUT", True),
    Case("input-header-cut-off", {"INPUT": "{files}/cut_header.tif"}, r"Could not load source layer for INPUT", True),
    # only reading tells: known in the middle of the run
    Case(
        "input-data-cut-off",
        {"INPUT": "{files}/cut_data.tif"},
        r"cut_data\.tif can't be read at columns .* rows ",
        True,
    ),
    Case("input-without-crs", {"INPUT": "{files}/no_crs.tif"}, r"no coordinate reference system: assign one first"),
    Case("input-with-gcps-only", {"INPUT": "{files}/gcps.tif"}, r"ground control points only: warp it first", True),
    Case(
        "input-without-geotransform", {"INPUT": "{files}/no_place.tif"}, r"has no geotransform.*georeference it", True
    ),
    Case("input-complex", {"INPUT": "{files}/complex.tif"}, r"complex numbers; expected real ones"),
    # where
    Case("extent-zero", {"EXTENT": "0,0,0,0"}, r"EXTENT is empty; expected xmin,xmax,ymin,ymax"),
    Case("extent-no-width", {"EXTENT": "500100,500100,5199500,5199900"}, r"EXTENT is empty"),
    Case(
        "extent-elsewhere",
        {"EXTENT": "600000,600500,5199500,5199900"},
        r"EXTENT lies at x .*; the raster at x .*overlaps",
    ),
    Case(
        "extent-no-numbers", {"EXTENT": "here and there"}, r"EXTENT is 'here and there'; expected xmin,xmax,ymin,ymax"
    ),
    Case("mask-elsewhere", {"MASK": "{files}/elsewhere.gpkg"}, r"No polygon of MASK meets the raster"),
    Case("mask-of-points", {"MASK": "{files}/points.gpkg"}, r"MASK should hold polygons; .*points.* holds none"),
    Case("mask-missing", {"MASK": "{files}/nowhere.gpkg"}, r"Could not load source layer for MASK"),
    # outputs
    Case("output-folder-missing", {"OUTPUT": "{out}/no/such/folder/classes.tif"}, r"folder .* does not exist: create"),
    Case("output-below-a-file", {"OUTPUT": "{files}/rgb.tif/classes.tif"}, r"folder .* does not exist: create"),
    Case("output-is-a-folder", {"OUTPUT": "{files}/folder.tif"}, r"folder\.tif is a folder; expected the name of a"),
    Case("output-format-unknown", {"OUTPUT": "{out}/classes.png"}, r"should be a GeoTIFF ending in \.tif; found"),
    Case("output-is-the-input", {"OUTPUT": "{files}/rgb.tif"}, r"is the input itself: choose another name"),
    Case("outputs-share-a-name", {"CONFIDENCE": "{out}/classes.tiff"}, r"Two outputs have the same name"),
    Case(
        "polygons-format-unknown", {"POLYGONS": "{out}/polygons.xyz1"}, r"polygons\.xyz1 has no extension of a vector"
    ),
    # settings
    Case("device-unknown", {"DEVICE": "quantum"}, r"DEVICE is 'quantum'; expected one of auto, "),
    Case("device-absent", {"DEVICE": "cuda"}, r"DEVICE is 'cuda', but .* install .* Or use DEVICE=auto"),
    Case(
        "tile-size-too-large", {"TILE_SIZE": "20000"}, r"TILE_SIZE is '20000'; expected a whole number from 0 to 16384"
    ),
    Case("tile-size-no-number", {"TILE_SIZE": "big"}, r"TILE_SIZE is 'big'; expected a whole number"),
    Case("tile-size-of-fixed-model", {"MODEL": "{files}/fixed.onnx", "TILE_SIZE": 96}, r"exactly 64 × 64 px.*at 0\."),
    Case("tile-size-not-divisible", {"MODEL": "{files}/unet.onnx", "TILE_SIZE": 100}, r"100 × 100 px.*multiple of"),
    Case("overlap-too-large", {"TILE_SIZE": 64, "OVERLAP": 32}, r"OVERLAP is 32 px.*64"),
    Case("overlap-negative", {"OVERLAP": -2}, r"OVERLAP is '-2'; expected a whole number of -1 or more"),
    Case("merge-unknown", {"MERGE": "glue"}, r"MERGE is 'glue'; expected one of crop, blend"),
    Case("batch-of-fixed-model", {"MODEL": "{files}/one_at_a_time.onnx", "BATCH_SIZE": 4}, r"exactly 1 at a time"),
    Case("options-no-json", {"OPTIONS": "threads=2"}, r"OPTIONS should be a JSON object such as .*; found 'threads=2'"),
    Case("options-list", {"OPTIONS": "[1]"}, r"OPTIONS should be a JSON object such as"),
    Case("options-unknown-key", {"OPTIONS": '{"speed": 9}'}, r"OPTIONS has no 'speed'; known are "),
    Case("options-wrong-type", {"OPTIONS": '{"threads": "all"}'}, r"threads should be a whole number; found \"all\""),
    Case("options-lossy", {"OPTIONS": '{"compress": "JPEG"}'}, r"compression 'JPEG' can't be used; expected one of"),
    Case("min-area-negative", {"MIN_AREA": -1}, r"MIN_AREA is '-1'; expected a number of 0 or more"),
    # what does not fit together
    Case(
        "values-too-large-for-model", {"MODEL": "{files}/bytes.onnx", "INPUT": "{files}/words.tif"}, r"uint8 .*uint16"
    ),
    Case(
        "reflectance-without-scale", {"MODEL": "{files}/cloud.onnx", "INPUT": "{files}/words.tif"}, r'"scale": 0\.0001'
    ),
    Case("no-probabilities", {"MODEL": "{files}/numbers.onnx", "PROBABILITIES": "{out}/p.tif"}, r"no PROBABILITIES: "),
    Case("no-blending", {"MODEL": "{files}/numbers.onnx", "MERGE": "blend"}, r"can't be averaged: use MERGE=crop"),
]


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    """Make every good and bad input."""
    folder = tmp_path_factory.mktemp("inputs")
    make_models(folder)
    make_rasters(folder)
    make_vectors(folder)
    return folder


def make_models(folder: Path) -> None:
    box, scores = tiny_models.box, [(index, f"land {index}") for index in range(3)]
    good = box(folder / "scores.onnx")
    tiny_models.argmax_numbers(folder / "numbers.onnx")
    tiny_models.unet(folder / "unet.onnx", width=2)
    tiny_models.identity(folder / "five.onnx", bands=5)
    tiny_models.identity(folder / "fixed.onnx", bands=3, size=64)
    tiny_models.identity(folder / "one_at_a_time.onnx", bands=3, batch=1)
    tiny_models.identity(folder / "bytes.onnx", dtype="uint8", bands=3)
    content = good.read_bytes()
    (folder / "cut.onnx").write_bytes(content[: len(content) // 2])
    (folder / "text.onnx").write_text("404: Not Found\n")
    (folder / "empty.onnx").write_bytes(b"")
    (folder / "folder.onnx").mkdir()
    (folder / "weights.pth").write_bytes(b"PK")
    save_unchecked(folder / "unknown_op.onnx", [helper.make_node("Sqrtt", ["image"], ["map"])])
    image = ("image", "float32", ["n", 3, "h", "w"])
    tiny_models.save(
        folder / "two.onnx",
        [helper.make_node("Sub", ["before", "after"], ["map"])],
        inputs=[("before", *image[1:]), ("after", *image[1:])],
        outputs=[("map", *image[1:])],
    )
    tiny_models.save(
        folder / "larger.onnx",
        [helper.make_node("Pad", ["image", "pads"], ["map"])],
        inputs=[image],
        outputs=[("map", "float32", ["n", 3, "h2", "w2"])],
        weights={"pads": np.array([0, 0, 0, 0, 0, 0, 3, 3], np.int64)},
    )
    tiny_models.save(
        folder / "vector.onnx",
        [helper.make_node("ReduceMean", ["image"], ["map"], axes=[2, 3], keepdims=0)],
        inputs=[image],
        outputs=[("map", "float32", ["n", 3])],
    )
    write_mlm = tiny_models.write_mlm
    write_mlm(box(folder / "named.onnx"), bands=["red", "green", "swir"], classes=scores)
    (folder / "nocard.json").write_text('{"name": "a model of mine"}')
    box(folder / "nocard.onnx")
    box(folder / "notjson.onnx").with_suffix(".json").write_text("{'name': 1}")
    write_mlm(folder / "lonely.onnx", bands=[], channels=3, classes=scores)
    write_mlm(box(folder / "cardbands.onnx"), bands=["red", "green", "blue", "nir"], classes=scores)
    five = [(index, f"land {index}") for index in range(5)]
    write_mlm(box(folder / "cardclasses.onnx"), bands=[], channels=3, classes=five)
    write_mlm(box(folder / "task.onnx"), bands=[], channels=3, classes=scores, properties={"geonnx:task": "change"})
    card = write_mlm(box(folder / "checksum.onnx"), bands=[], channels=3, classes=scores)
    item = json.loads(card.read_text())
    item["assets"]["model"]["file:checksum"] = "1220" + 64 * "0"
    card.write_text(json.dumps(item))
    statistics = {"img": [[0.1, 0.1, 0.1], [0.2, 0.2, 0.2]], "band_names": ["red", "green", "blue"]}
    description = {"data": {"in_channels": 3, "classes": 3, "dataset_statistics": statistics}, "model": {}}
    box(folder / "cloud.onnx").with_suffix(".json").write_text(json.dumps(description))


def save_unchecked(path: Path, nodes: list[onnx.NodeProto]) -> None:
    """Write a model that onnx's own check would refuse."""
    tensors = [
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", 3, "h", "w"]) for name in ("image", "map")
    ]
    graph = helper.make_graph(nodes, "bad", tensors[:1], tensors[1:])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), str(path))


def make_rasters(folder: Path) -> None:
    write, pixels = rasters.write_raster, rasters.noise(3, 96, 120)
    names = ["red", "green", "blue"]
    write(folder / "rgb.tif", pixels, names=names)
    write(folder / "words.tif", rasters.noise(3, 96, 120, "uint16"), names=names)
    write(folder / "no_crs.tif", pixels, epsg=None)
    write(folder / "no_place.tif", pixels, geotransform=None)
    write(folder / "complex.tif", pixels.astype(np.complex64))
    gcps = write(folder / "gcps.tif", pixels, geotransform=None, epsg=None)
    dataset = gdal.Open(str(gcps), gdal.GA_Update)
    corners = [(0, 0), (120, 0), (120, 96), (0, 96)]
    points = [gdal.GCP(14.5 + 0.001 * x, 46.9 - 0.001 * y, 0, x, y) for x, y in corners]
    dataset.SetGCPs(points, rasters.crs_wkt(4326))
    dataset.FlushCache()
    del dataset
    large = write(folder / "whole.tif", rasters.noise(3, 900, 700), options=["COMPRESS=NONE", "INTERLEAVE=PIXEL"])
    content = large.read_bytes()
    (folder / "cut_data.tif").write_bytes(content[: len(content) // 2])
    (folder / "cut_header.tif").write_bytes(content[:60])
    (folder / "text.tif").write_text("no raster\n")
    (folder / "folder.tif").mkdir()


def make_vectors(folder: Path) -> None:
    shapes = {
        "inside": "POLYGON ((500100 5199500, 500900 5199500, 500900 5199900, 500100 5199900, 500100 5199500))",
        "elsewhere": "POLYGON ((100 100, 900 100, 900 900, 100 900, 100 100))",
        "points": "POINT (500500 5199700)",
    }
    reference = osr.SpatialReference(rasters.crs_wkt(rasters.UTM))
    for name, wkt in shapes.items():
        dataset = ogr.GetDriverByName("GPKG").CreateDataSource(str(folder / f"{name}.gpkg"))
        layer = dataset.CreateLayer(name, reference, ogr.wkbUnknown)
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetGeometry(ogr.CreateGeometryFromWkt(wkt))
        layer.CreateFeature(feature)
        del feature, layer, dataset


@pytest.fixture
def out(tmp_path) -> Path:
    """Return an output folder in which an older run left its results."""
    return older_results(tmp_path / "out")


def older_results(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    for name in OLD_FILES:
        (folder / name).write_bytes(b"an older result: " + name.encode())
    return folder


@pytest.fixture(scope="module")
def temp_folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("temp")


@pytest.fixture(scope="module")
def qgis(headless, site_packages, tmp_path_factory, temp_folder):
    """Return a runner whose temporary files lie where they can be counted."""
    return headless.HeadlessQgis(tmp_path_factory.mktemp("qgis"), site_packages, extra_env={"TMPDIR": str(temp_folder)})


def good_call(files: Path, out: Path) -> dict[str, str]:
    return {"INPUT": f"{files}/rgb.tif", "MODEL": f"{files}/scores.onnx", "OUTPUT": f"{out}/classes.tif"}


def contents(folder: Path) -> dict[str, str]:
    """Return every path below a folder with a digest of its bytes."""
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        for path in sorted(folder.rglob("*"))
        # QGIS itself writes statistics beside every raster that it opens
        if not path.name.endswith(".tif.aux.xml") or path.name in OLD_FILES
    }


def said(outcome: Any, qgis_logs: bool = False) -> list[str]:
    """Return what the user reads, without what QGIS says on every call and without QGIS's own repetition."""
    text = QGIS_WARNING.sub("", outcome.stdout + "\n" + outcome.stderr)
    lines = [line.strip() for line in text.splitlines()]
    if qgis_logs:
        lines = [line for line in lines if not QGIS_LOG.match(line)]
    return list(dict.fromkeys(line for line in lines if not NOISE.search(line)))


def check_refusal(outcome: Any, says: str, qgis_logs: bool = False) -> str:
    """Check that a call failed as it should and return the sentence."""
    lines = said(outcome, qgis_logs)
    assert outcome.code == 1, (outcome.code, lines)
    assert len(lines) == 1, lines
    sentence = lines[0]
    assert re.search(says, sentence), sentence
    assert not INTERNALS.search(sentence), sentence
    assert 20 < len(sentence) < 500, sentence
    assert sentence.endswith((".", "?")) or "Could not load source layer" in sentence, sentence
    assert outcome.json is None
    return sentence


def fill(parameters: Mapping[str, Any], files: Path, out: Path) -> dict[str, Any]:
    # not format(): JSON has braces of its own
    return {
        name: value.replace("{files}", str(files)).replace("{out}", str(out)) if isinstance(value, str) else value
        for name, value in parameters.items()
    }


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_bad_input_gives_one_sentence_and_leaves_nothing(case, qgis, files, out, temp_folder):
    before = contents(files), contents(out)
    outcome = qgis("geonnx:segment", **(good_call(files, out) | fill(case.parameters, files, out)))
    print(check_refusal(outcome, case.says, case.qgis_logs))
    assert (contents(files), contents(out)) == before
    assert contents(temp_folder) == {}


def test_good_call_replaces_the_older_result(qgis, files, out):
    outcome = qgis("geonnx:segment", **good_call(files, out), CONFIDENCE=f"{out}/confidence.tif")
    assert outcome.code == 0, outcome.stderr
    assert not any(path.name.startswith(".geonnx") for path in out.iterdir())
    assert gdal.Open(str(out / "classes.tif")).RasterXSize == 120
    assert gdal.Open(str(out / "confidence.tif")).RasterXSize == 120
    assert b"an older result" not in (out / "classes.qml").read_bytes()


# Places that can't be written to


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[Path]:
    """Mount a small file system of its own."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root may mount a small file system")
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture(scope="module")
def busy(tmp_path_factory) -> Path:
    """Return a raster whose classes are noise, so that they compress badly."""
    pixels = np.random.default_rng(5).integers(0, 255, (3, 1600, 1600), np.uint8)
    return rasters.write_raster(tmp_path_factory.mktemp("busy") / "busy.tif", pixels)


@pytest.mark.parametrize(
    "more",
    [{}, {"CONFIDENCE": "{out}/confidence.tif"}, {"POLYGONS": "{out}/polygons.gpkg"}],
    ids=["classes", "confidence", "polygons"],
)
def test_disk_full(more, qgis, files, busy, tmp_path, temp_folder):
    size = "3m" if "POLYGONS" in more else "256k"  # the classes fit, the polygons do not
    with mounted(tmp_path / "small", f"size={size}") as out:
        older_results(out)
        before = contents(out)
        outcome = qgis("geonnx:segment", **(good_call(files, out) | fill(more, files, out) | {"INPUT": str(busy)}))
        print(check_refusal(outcome, r"(classes\.tif|confidence\.tif|polygons\.gpkg) can't be written: .*disk is full"))
        assert contents(out) == before
    assert contents(temp_folder) == {}


def test_file_size_limit(headless, site_packages, tmp_path, files, busy, out):
    """A quota acts like a full disk, and needs no root."""
    program = shutil.which("qgis_process.bin") or shutil.which("qgis_process")
    wrapper = tmp_path / "limited.sh"
    wrapper.write_text(f'#!/bin/bash\ntrap "" XFSZ\nulimit -f 200\nexec {program} "$@"\n')
    wrapper.chmod(0o755)
    qgis = headless.HeadlessQgis(tmp_path / "qgis", site_packages)
    qgis.extra_env = {"QGIS_PROCESS": str(wrapper)}
    before = contents(out)
    outcome = qgis("geonnx:segment", **(good_call(files, out) | {"INPUT": str(busy)}))
    print(check_refusal(outcome, r"classes\.tif can't be written: the disk is full"))
    assert contents(out) == before


def test_read_only_file_system(qgis, files, tmp_path):
    with mounted(tmp_path / "fixed", "size=1m") as out:
        older_results(out)
        subprocess.run(["mount", "-o", "remount,ro", str(out)], check=True)
        before = contents(out)
        outcome = qgis("geonnx:segment", **good_call(files, out))
        print(check_refusal(outcome, r"folder .* can't be written to \(Read-only file system\): choose another"))
        assert contents(out) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere, whatever the mode bits say")
def test_folder_without_permission(qgis, files, out):
    before = contents(out)
    out.chmod(0o555)
    try:
        outcome = qgis("geonnx:segment", **good_call(files, out))
    finally:
        out.chmod(0o755)
    print(check_refusal(outcome, r"folder .* can't be written to \(Permission denied\): choose another"))
    assert contents(out) == before
