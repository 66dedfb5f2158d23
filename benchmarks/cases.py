"""What is measured: models from light to heavy, rasters from small to sparse, each with the call that runs it."""

from __future__ import annotations

import importlib.util
import multiprocessing
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from onnx import helper
from osgeo import gdal

ROOT = Path(__file__).resolve().parent.parent
BLOCK_PX = 4096
SPARSE_PX = 50000


def load(path: Path) -> ModuleType:
    """Load a module of the repository by its path; the root must stay off sys.path."""
    spec = importlib.util.spec_from_file_location(f"geonnx_bench_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


tiny_models = load(ROOT / "tests" / "tiny_models.py")
rasters = load(ROOT / "tests" / "rasters.py")


@dataclass(frozen=True)
class RasterKind:
    """What an input raster holds."""

    bands: int = 3
    dtype: str = "uint8"
    nodata: float | None = None
    seed: int = 1

    def path(self, folder: Path, size: int) -> Path:
        """Return the file's name."""
        return folder / f"{self.dtype}x{self.bands}_{size}_{self.seed}.tif"


@dataclass(frozen=True)
class Case:
    """A model, what it is run over, and how."""

    name: str
    make_model: Callable[[Path], Path]
    raster: RasterKind = RasterKind()
    dates: int = 1
    algorithm: str = "geonnx:segment"
    sizes: tuple[int, ...] = (4096,)
    parameters: dict[str, Any] = field(default_factory=dict)
    results: dict[str, str] = field(default_factory=dict)
    """results beside OUTPUT: parameter → name of the file"""
    has_plain_loop: bool = False
    is_numpy_timed: bool = False
    """True where scaling and choice of the class in numpy are a limit to compare with"""
    compared_with: str = ""
    """the case over whose seconds those of this one are printed"""

    def inputs(self, files: list[Path]) -> dict[str, Any]:
        """Return the input parameters for the rasters of all dates."""
        if self.algorithm == "geonnx:detectchange":
            return {"BEFORE": files[0], "AFTER": files[1]}
        return {"INPUT": files[0], **({"SERIES": files[1:]} if len(files) > 1 else {})}


def make_raster(kind: RasterKind, folder: Path, size: int) -> Path:
    """Return a raster in 512 px blocks, deflated, of smooth noise that repeats every 4096 px; sparse at 50000 px."""
    path = kind.path(folder, size)
    if not path.exists():
        # in a process of its own: the system counts the memory of a parent into the peak of what it starts
        maker = multiprocessing.get_context("fork").Process(target=_write_noise, args=(kind, path, size))
        maker.start()
        maker.join()
    return path


def _write_noise(kind: RasterKind, path: Path, size: int) -> None:
    is_sparse = size >= SPARSE_PX
    values = rasters.noise(kind.bands, BLOCK_PX, BLOCK_PX, kind.dtype, seed=kind.seed)
    part = path.with_suffix(".part")
    dataset = gdal.GetDriverByName("GTiff").Create(
        str(part),
        size,
        size,
        kind.bands,
        {"uint8": gdal.GDT_Byte, "uint16": gdal.GDT_UInt16}[kind.dtype],
        options=["TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512", "COMPRESS=DEFLATE", "SPARSE_OK=TRUE",
                 "PHOTOMETRIC=MINISBLACK", "ALPHA=NO", "BIGTIFF=IF_SAFER"],
    )  # fmt: skip
    dataset.SetGeoTransform(rasters.NORTH_UP)
    dataset.SetProjection(rasters.crs_wkt(rasters.UTM))
    for number in range(1, kind.bands + 1):
        if kind.nodata is not None or is_sparse:
            dataset.GetRasterBand(number).SetNoDataValue(kind.nodata or 0)
    # of a sparse raster, two pieces at opposite corners hold data
    places = range(0, size, BLOCK_PX)
    for y in places:
        for x in places:
            if not is_sparse or (x, y) in ((BLOCK_PX, BLOCK_PX), (size - 2 * BLOCK_PX, size - 2 * BLOCK_PX)):
                dataset.WriteArray(values[:, : size - y, : size - x], x, y)
    dataset.FlushCache()
    del dataset
    part.replace(path)


def _one_convolution(path: Path, bands: int, classes: int) -> Path:
    weight = np.random.default_rng(5).standard_normal((classes, bands, 1, 1)).astype(np.float32)
    node = helper.make_node("Conv", ["image", "weight"], ["map"], kernel_shape=[1, 1])
    tiny_models.save(
        path,
        [node],
        inputs=[("image", "float32", ["n", bands, "h", "w"])],
        outputs=[("map", "float32", ["n", classes, "h", "w"])],
        weights={"weight": weight},
    )
    tiny_models.write_mlm(
        path, bands=[], channels=bands, classes=[(n, f"land {n}") for n in range(classes)],
        scaling=[{"type": "scale", "value": 255}], activation="softmax",
    )  # fmt: skip
    return path


def light(folder: Path) -> Path:
    """Write one 1 × 1 convolution from three bands to six classes."""
    return _one_convolution(folder / "light.onnx", 3, 6)


def many_classes(folder: Path) -> Path:
    """Write one 1 × 1 convolution to 150 classes."""
    return _one_convolution(folder / "classes150.onnx", 3, 150)


def unet(folder: Path) -> Path:
    """Write a U-Net of 2.7 billion multiply-adds a tile of 512 px."""
    return Path(tiny_models.unet(folder / "unet8.onnx", width=8, mlm=True))


def unet_13_bands(folder: Path) -> Path:
    """Write the same for 13 bands with a mean and a standard deviation each."""
    path = Path(tiny_models.unet(folder / "unet13.onnx", bands=13, width=8))
    tiny_models.write_mlm(
        path, bands=[], channels=13, classes=[(n, f"land {n}") for n in range(6)], activation="softmax",
        scaling=[{"type": "z-score", "mean": 4000 + 100 * n, "stddev": 1500 + 10 * n} for n in range(13)],
    )  # fmt: skip
    return path


def _stacked_unet(path: Path, node: Any, inputs: list[Any], card: dict[str, Any]) -> Path:
    """Write a U-Net of six bands behind an operator that brings two or three dates together."""
    import onnx

    tiny_models.unet(path, bands=card["channels"], width=8, classes=card["classes"])
    model = onnx.load(path)
    model.graph.node.insert(0, node)
    del model.graph.input[:]
    model.graph.input.extend(inputs)
    onnx.save(model, path)
    return path


def three_dates(folder: Path) -> Path:
    """Write a U-Net over three dates of three bands, B T C H W."""
    from onnx import TensorProto, numpy_helper

    path = folder / "dates3.onnx"
    node = helper.make_node("Reshape", ["dates", "joined"], ["image"])
    shape = helper.make_tensor_value_info("dates", TensorProto.FLOAT, ["n", 3, 3, "h", "w"])
    _stacked_unet(path, node, [shape], {"channels": 9, "classes": 6})
    import onnx

    model = onnx.load(path)
    # B T C H W → B (T C) H W: the two middle axes become nine bands, 0 and -1 keep the others
    size = helper.make_node("Shape", ["dates"], ["size"])
    sides = helper.make_node("Slice", ["size", "three", "five"], ["sides"])
    head = helper.make_node("Concat", ["first", "sides"], ["joined"], axis=0)
    for tensor, name in ((np.array([3]), "three"), (np.array([5]), "five"), (np.array([-1, 9]), "first")):
        model.graph.initializer.append(numpy_helper.from_array(tensor.astype(np.int64), name))
    for position, extra in enumerate((size, sides, head)):
        model.graph.node.insert(position, extra)
    onnx.save(model, path)
    tiny_models.write_mlm(
        path, bands=[], channels=3, classes=[(n, f"land {n}") for n in range(6)], activation="softmax",
        scaling=[{"type": "scale", "value": 255}],
    )  # fmt: skip
    _edit_card(path, lambda properties: properties["mlm:input"][0].update(
        name="dates",
        input={"shape": [-1, 3, 3, -1, -1], "dim_order": ["batch", "time", "bands", "height", "width"],
               "data_type": "float32"},
    ))  # fmt: skip
    return path


def two_dates(folder: Path) -> Path:
    """Write a change network with two inputs: a U-Net over both dates' bands."""
    from onnx import TensorProto

    path = folder / "change.onnx"
    node = helper.make_node("Concat", ["before", "after"], ["image"], axis=1)
    shapes = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 3, "h", "w"]) for name in ("before", "after")
    ]
    _stacked_unet(path, node, shapes, {"channels": 6, "classes": 2})
    tiny_models.write_mlm(
        path, bands=[], channels=3, classes=[(0, "no change"), (1, "change")], activation="softmax",
        scaling=[{"type": "scale", "value": 255}], properties={"geonnx:task": "change"},
    )  # fmt: skip

    def both(properties: dict[str, Any]) -> None:
        first = properties["mlm:input"][0]
        properties["mlm:input"] = [{**first, "name": name, "geonnx:role": name} for name in ("before", "after")]
        properties["mlm:output"][0]["geonnx:role"] = "change"

    _edit_card(path, both)
    return path


def _edit_card(path: Path, edit: Callable[[dict[str, Any]], None]) -> None:
    import json

    card = json.loads(path.with_suffix(".json").read_text())
    edit(card["properties"])
    path.with_suffix(".json").write_text(json.dumps(card))


CASES = (
    Case("light", light, sizes=(4096, 12288), has_plain_loop=True, is_numpy_timed=True),
    Case("U-Net", unet, sizes=(4096, 12288, SPARSE_PX), has_plain_loop=True),
    Case(
        "U-Net, probabilities and polygons",
        unet,
        sizes=(12288,),
        compared_with="U-Net",
        results={"PROBABILITIES": "probabilities.tif", "POLYGONS": "polygons.gpkg"},
    ),
    Case("150 classes", many_classes),
    Case("13 bands uint16", unet_13_bands, raster=RasterKind(13, "uint16", nodata=0)),
    Case("3 dates", three_dates, dates=3),
    Case("2 dates", two_dates, dates=2, algorithm="geonnx:detectchange"),
)
