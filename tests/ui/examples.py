"""Rasters and models for the windows: small, with known answers, and good to look at."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnx import helper
from osgeo import gdal

from .. import change_models, rasters, scene_models, tiny_models

WIDTH, HEIGHT = 300, 260
BANDS = ("B02", "B03", "B04", "B08")
LAND = ((0, "open land", "#d8b365"), (1, "forest & hedge", "#1b7837"), (2, "water", "#2166ac"))
LAND_BANDS = ("B04", "B08", "B03")
"""that of a class is its strongest"""
DAYS = ("2021-06-26", "2021-07-16", "2022-03-08")


@dataclass(frozen=True)
class Example:
    """Files of one place."""

    folder: Path
    raster: Path
    """first date, four named bands"""
    later: Path
    """the same place on the next date"""
    dates: tuple[Path, ...]
    """three dates, the first and the second are those above"""
    masks: tuple[Path, ...]
    """a cloud mask a date"""
    zones: Path
    """three polygons"""
    models: Path
    """folder of the user's models: land, scenes, change, clouds"""


def make_example(folder: Path) -> Example:
    """Write all files below a folder."""
    dates, masks = [], []
    for number, day in enumerate(DAYS):
        dates.append(write_scene(folder / f"scene_{day}.tif", seed=number + 1))
        cloudy = np.zeros((1, HEIGHT, WIDTH), np.uint8)
        cloudy[0, 40 * number : 40 * number + 60, 60:200] = 1
        masks.append(rasters.write_raster(folder / f"mask_{day}.tif", cloudy))
    models = make_models(folder / "models")
    return Example(
        folder, dates[0], dates[1], tuple(dates), tuple(masks), write_zones(folder / "zones.geojson"), models
    )


def scene_values(seed: int = 1) -> NDArray[np.uint16]:
    """Return smooth patches, band by band, from 1 to 10000 (0 is no data: the north-west corner)."""
    rng = np.random.default_rng(seed)
    coarse = rng.random((len(BANDS), 10, 12))
    rows, columns = np.linspace(0, 8.999, HEIGHT), np.linspace(0, 10.999, WIDTH)
    r0, c0 = rows.astype(int), columns.astype(int)
    fr, fc = (rows - r0)[:, None], (columns - c0)[None, :]
    top = coarse[:, r0][:, :, c0] * (1 - fc) + coarse[:, r0][:, :, c0 + 1] * fc
    low = coarse[:, r0 + 1][:, :, c0] * (1 - fc) + coarse[:, r0 + 1][:, :, c0 + 1] * fc
    smooth = 0.97 * (top * (1 - fr) + low * fr) + 0.03 * rng.random((len(BANDS), HEIGHT, WIDTH))
    values = (1 + smooth * 9998).astype(np.uint16)
    values[:, :12, :20] = 0
    return values


def write_scene(path: Path, seed: int = 1) -> Path:
    """Write a date of the place, as Sentinel-2 numbers its bands."""
    return rasters.write_raster(path, scene_values(seed), nodata=0, names=list(BANDS))


def write_zones(path: Path) -> Path:
    """Write three squares within the scene, in its CRS."""
    left, top = rasters.NORTH_UP[0], rasters.NORTH_UP[3]
    features = []
    for number in range(3):
        x0, y0 = left + 400 + 800 * number, top - 600 - 400 * number
        ring = [[x0, y0], [x0 + 600, y0], [x0 + 600, y0 - 600], [x0, y0 - 600], [x0, y0]]
        geometry = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": {"name": f"zone {number}"}, "geometry": geometry})
    crs = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{rasters.UTM}"}}
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}))
    return path


def make_models(folder: Path) -> Path:
    """Write a model a task, with cards, into a folder that may be used as GEONNX_MODELS."""
    folder.mkdir(parents=True, exist_ok=True)
    land_model(folder / "land.onnx")
    scenes = scene_models.mean_of_bands(folder / "scenes.onnx", size=32)
    scene_models.write_card(scenes, [name for _, name, _ in LAND], scaling=1000)
    _set_properties(scenes, name="Scene types", bands=LAND_BANDS)
    change_models.difference(folder / "change.onnx", "named", bands=3)
    _set_properties(folder / "change.onnx", name="Any change", bands=LAND_BANDS)
    clouds_model(folder / "clouds.onnx")
    return folder


def land_model(path: Path) -> Path:
    """Write a segmentation model: the band that is strongest around a pixel is its class."""
    tiny_models.box(path)
    card = tiny_models.write_mlm(
        path,
        bands=list(LAND_BANDS),
        classes=[(value, name) for value, name, _ in LAND],
        scaling=[{"type": "scale", "value": 1000}],
        activation="softmax",
    )
    item = json.loads(card.read_text())
    colors = {name: color for _, name, color in LAND}
    for spec in item["properties"]["mlm:output"][0]["classification:classes"]:
        spec["color_hint"] = colors[spec["name"]]
    item["properties"]["mlm:name"] = "Land cover of three kinds"
    item["properties"]["license"] = "CC-BY-4.0"
    item["properties"]["description"] = "Tells open land, forest and water apart in Sentinel-2 images."
    item["properties"]["geonnx:task"] = "segment"
    card.write_text(json.dumps(item))
    return path


def land_classes(values: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """Return what `land_model` says of a scene away from its edges and from missing data."""
    chosen = values[[BANDS.index(name) for name in LAND_BANDS]].astype(np.float64)
    padded = np.pad(chosen, ((0, 0), (1, 1), (1, 1)), mode="edge")
    rows, columns = values.shape[1:]
    total = sum(padded[:, dy : dy + rows, dx : dx + columns] for dy in range(3) for dx in range(3))
    return np.asarray(total).argmax(axis=0).astype(np.uint8)


def clouds_model(path: Path) -> Path:
    """Write a cloud removal model: of three dates it gives the first, with a variance of 4."""
    count = len(BANDS)
    tiny_models.save(
        path,
        [
            helper.make_node("Gather", ["series", "first"], ["clear"], axis=1),
            helper.make_node("Mul", ["clear", "zero"], ["nothing"]),
            helper.make_node("Add", ["nothing", "four"], ["variance"]),
        ],
        inputs=[("series", "float32", ["n", 3, count, "h", "w"])],
        outputs=[("clear", "float32", ["n", count, "h", "w"]), ("variance", "float32", ["n", count, "h", "w"])],
        weights={"first": np.array(0, np.int64), "zero": np.array(0, np.float32), "four": np.array(4, np.float32)},
    )
    order = ["batch", "channel", "height", "width"]
    result = {"shape": [-1, count, -1, -1], "dim_order": order, "data_type": "float32"}
    card = tiny_models.write_mlm(path, bands=list(BANDS), classes=[])
    item = json.loads(card.read_text())
    series = {"shape": [-1, 3, count, -1, -1], "dim_order": ["batch", "time", *order[1:]], "data_type": "float32"}
    item["properties"] |= {
        "geonnx:task": "clouds",
        "mlm:name": "First clear date",
        "mlm:input": [
            {
                "name": "series",
                "bands": list(BANDS),
                "input": {**series, "dim_order": ["batch", "time", "bands", "height", "width"]},
                "value_scaling": [{"type": "scale", "value": 10}],
            }
        ],
        "mlm:output": [
            {"name": "clear", "tasks": ["generative"], "result": result, "geonnx:role": "image"},
            {"name": "variance", "tasks": ["generative"], "result": result, "geonnx:role": "variance"},
        ],
    }
    card.write_text(json.dumps(item))
    return path


def _set_properties(model: Path, *, name: str, bands: tuple[str, ...]) -> None:
    """Give a card a name for people, and the names of its bands."""
    card = model.with_suffix(".json")
    item = json.loads(card.read_text())
    item["properties"]["mlm:name"] = name
    for entry in item["properties"]["mlm:input"]:
        entry["bands"] = list(bands)
    card.write_text(json.dumps(item))


def write_huge(path: Path, source: Path, size: int = 50_000) -> Path:
    """Write a virtual raster of *size*² px with four bands, made of one small one: nothing of it is on the disk."""
    dataset = gdal.Open(str(source))
    left, _, _, top, _, _ = dataset.GetGeoTransform()
    wkt = dataset.GetProjection().replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    bands = "".join(
        f'<VRTRasterBand dataType="UInt16" band="{number}"><Description>{name}</Description>'
        f"<NoDataValue>0</NoDataValue>"
        f'<SimpleSource><SourceFilename relativeToVRT="0">{source}</SourceFilename>'
        f"<SourceBand>{number}</SourceBand>"
        f'<SrcRect xOff="0" yOff="0" xSize="{WIDTH}" ySize="{HEIGHT}"/>'
        f'<DstRect xOff="0" yOff="0" xSize="{size}" ySize="{size}"/></SimpleSource></VRTRasterBand>'
        for number, name in enumerate(BANDS, start=1)
    )
    path.write_text(
        f'<VRTDataset rasterXSize="{size}" rasterYSize="{size}"><SRS>{wkt}</SRS>'
        f"<GeoTransform>{left}, 10, 0, {top}, 0, -10</GeoTransform>{bands}</VRTDataset>"
    )
    return path
