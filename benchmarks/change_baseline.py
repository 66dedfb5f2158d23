"""What simple ways of detecting change reach on real labelled pairs, as figures to hold any change model against.

Two Landsat TM pairs with samples of changed and unchanged pixels (`../shared/data/landsat_cd_taizhou_nanjing`, Wu et
al.): change-vector analysis (Bruzzone & Prieto 2000: length of the difference of standardised bands) with Otsu's
threshold and with the best one, post-classification comparison through ``detect_change`` of clusters that a Gaussian
mixture finds, and a pixel-wise change model trained on the samples of the other pair. Labels decide nothing but where
the table says so.

Nine Sentinel-2 pairs without change labels: from–to maps of a small pixel classifier, trained on Dynamic World's land
cover of the other eight cities, against the changes between Dynamic World's own two maps. That is a teacher's opinion
with errors on both dates, so that these figures compare ways with each other and say little about the truth.

    .venv/bin/python benchmarks/change_baseline.py
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import tempfile
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from osgeo import gdal

ROOT = Path(__file__).resolve().parent.parent
PAIRS = {
    "Taizhou 2000–2003": ("Taizhou/2000TM", "Taizhou/2003TM", "Taizhou"),
    "Nanjing 2000–2002": (
        "Nanjing/LT51200382000124BJC00_Nanjing", "Nanjing/LT51200382002193BJC00_Nanjing", "Nanjing",
    ),
}  # fmt: skip
LAND = ("water", "trees", "grass", "flooded vegetation", "crops", "shrub", "built", "bare", "snow")
BANDS = ("B02", "B03", "B04", "B08")
CLUSTERS = 6


def load_engine() -> ModuleType:
    """Load the repository as the package ``geonnx``, whatever its folder is called."""
    spec = importlib.util.spec_from_file_location(
        "geonnx", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(ROOT)
    module = importlib.util.module_from_spec(spec)
    sys.modules["geonnx"] = module
    spec.loader.exec_module(module)
    from geonnx import models  # type: ignore[import-not-found]

    return models


def score(found: Any, truth: Any) -> dict[str, float]:
    """Return F1, precision and recall of change, overall accuracy and kappa."""
    hit, false = int((found & truth).sum()), int((found & ~truth).sum())
    missed, quiet = int((~found & truth).sum()), int((~found & ~truth).sum())
    total = hit + false + missed + quiet
    by_chance = ((hit + false) * (hit + missed) + (missed + quiet) * (false + quiet)) / total**2
    right = (hit + quiet) / total
    return {
        "F1": 2 * hit / max(1, 2 * hit + false + missed),
        "precision": hit / max(1, hit + false),
        "recall": hit / max(1, hit + missed),
        "OA": right,
        "kappa": (right - by_chance) / (1 - by_chance) if by_chance < 1 else 0.0,
    }


def read(path: Path) -> Any:
    """Return all bands of a raster."""
    return gdal.Open(str(path)).ReadAsArray()


def magnitude(before: Any, after: Any) -> Any:
    """Return the length of the change vector of bands standardised date by date (row, column)."""
    parts = []
    for values in (before, after):
        flat = values.reshape(len(values), -1).astype(float)
        parts.append((flat - flat.mean(1, keepdims=True)) / flat.std(1, keepdims=True))
    return np.sqrt(((parts[1] - parts[0]) ** 2).sum(0)).reshape(before.shape[1:])


def best_threshold(values: Any, truth: Any) -> float:
    """Return the threshold with the highest F1 on the labels."""
    steps = np.quantile(values, np.linspace(0.01, 0.99, 197))
    return float(max(steps, key=lambda step: score(values >= step, truth)["F1"]))


def card(path: Path, names: list[str], task: str, **properties: Any) -> None:
    """Write the card of a model that scikit-learn made: a table of pixels in, probabilities out."""
    import onnx

    graph = onnx.load(str(path)).graph
    classes = [{"value": value, "name": name} for value, name in enumerate(names)]
    role = {"geonnx:role": "before+after"} if task == "change" else {}
    bands = graph.input[0].type.tensor_type.shape.dim[1].dim_value
    item = {
        "type": "Feature", "stac_version": "1.1.0", "id": path.stem, "geometry": None, "links": [],
        "stac_extensions": ["https://stac-extensions.github.io/mlm/v1.5.2/schema.json"],
        "properties": {
            "datetime": None, "mlm:name": path.stem, "mlm:architecture": "scikit-learn", "mlm:tasks": [task],
            "geonnx:task": task, "mlm:framework": "ONNX",
            "mlm:input": [{
                "name": graph.input[0].name, "bands": [], **role, "pre_processing_function": None,
                "input": {"shape": [-1, bands], "dim_order": ["batch", "bands"], "data_type": "float32"},
            }],
            "mlm:output": [{
                "name": "probabilities", "tasks": [task], "classification:classes": classes,
                "geonnx:activation": "none", "post_processing_function": None,
                "result": {"shape": [-1, len(names)], "dim_order": ["batch", "class"], "data_type": "float32"},
            }],
            **properties,
        },
        "assets": {"model": {"href": path.name, "roles": ["mlm:model"], "mlm:artifact_type": "onnx"}},
    }  # fmt: skip
    path.with_suffix(".json").write_text(json.dumps(item))


def export(model: Any, table: Any, path: Path, names: list[str], task: str) -> Path:
    """Write a scikit-learn pipeline as ONNX with its card; return the path."""
    from skl2onnx import to_onnx

    options = {id(model): {"zipmap": False}} if task == "change" or hasattr(model[-1], "classes_") else None
    proto = to_onnx(model, table[:1].astype(np.float32), options=options, target_opset=17)
    path.write_bytes(proto.SerializeToString())
    card(path, names, task)
    return path


def training_pixels(before: Any, after: Any, changed: Any, known: Any, *, is_matched: bool) -> tuple[Any, Any]:
    """Return the bands of both dates of labelled pixels (pixel, band), and 1 where they changed."""
    from skimage.exposure import match_histograms

    if is_matched:
        after = np.stack([match_histograms(one, two) for one, two in zip(after, before)])
    return np.concatenate([before, after])[:, known].T.astype(float), changed[known].astype(int)


def landsat(engine: ModuleType, data: Path, work: Path) -> dict[str, dict[str, dict[str, float]]]:
    """Return the scores of every way on both Landsat pairs."""
    from skimage.filters import threshold_otsu
    from sklearn.mixture import GaussianMixture
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    folder = data / "landsat_cd_taizhou_nanjing"
    found: dict[str, dict[str, dict[str, float]]] = {}
    stacks = {}
    for name, (before, after, place) in PAIRS.items():
        changed, same = (read(folder / place / f"{kind}.bmp") > 0 for kind in ("change", "unchanged"))
        stacks[name] = read(folder / before), read(folder / after), changed, changed ^ same
        # a pixel that both call theirs is left out
    for number, name in enumerate(PAIRS):
        before, after, truth, known = stacks[name]
        way = found[name] = {}
        length = magnitude(before, after)
        way["CVA, Otsu"] = score(length[known] >= threshold_otsu(length), truth[known])
        best = best_threshold(length[known], truth[known])
        way["CVA, best threshold (from the labels)"] = score(length[known] >= best, truth[known])

        table = np.concatenate([values.reshape(6, -1).T for values in (before, after)]).astype(float)
        mixture = make_pipeline(StandardScaler(), GaussianMixture(CLUSTERS, random_state=1, reg_covar=1e-3)).fit(table)
        path = export(
            mixture, table, work / f"mixture{number}.onnx", [f"cluster {n}" for n in range(CLUSTERS)], "segment"
        )
        files = [str(folder / file) for file in PAIRS[name][:2]]
        for label, change in (
            ("post-classification comparison", engine.ChangeSettings()),
            ("post-classification comparison, histograms matched", engine.ChangeSettings(match_histograms=True)),
            ("post-classification comparison, probability ≥ 0.9", engine.ChangeSettings(threshold=0.9)),
        ):
            target = work / "map.tif"
            engine.detect_change(engine.load_model(path), *files, str(target), change=change)
            way[label] = score((read(target) > 0)[known], truth[known])

        (other,) = (stacks[key] for key in PAIRS if key != name)
        for is_matched in (False, True):
            pixels, targets = training_pixels(*other, is_matched=is_matched)
            network = make_pipeline(StandardScaler(), MLPClassifier((32, 16), random_state=1, max_iter=400, alpha=0.01))
            network.fit(pixels, targets)
            path = export(network, pixels, work / f"network{number}.onnx", ["no change", "change"], "change")
            target = work / "map.tif"
            change = engine.ChangeSettings(match_histograms=is_matched)
            engine.detect_change(engine.load_model(path), *files, str(target), change=change)
            label = "pixel network trained on the other pair" + (", histograms matched" if is_matched else "")
            way[label] = score((read(target) == 1)[known], truth[known])
    return found


def sentinel(engine: ModuleType, data: Path, work: Path) -> dict[str, dict[str, dict[str, float]]]:
    """Return the scores against the changes between Dynamic World's maps, all cities together."""
    from skimage.filters import threshold_otsu
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rng = np.random.default_rng(1)
    cities: dict[str, Any] = {}
    for folder in sorted((data / "oscd").iterdir()):
        if folder.name == "saclay_e":  # its dates lie on different grids, and so do the labels
            continue
        images, labels, files = [], [], []
        for date in "12":
            bands = [next((folder / date).glob(f"*_{band}.tif")) for band in BANDS]
            files.append(work / f"{folder.name}_{date}.vrt")
            gdal.BuildVRT(str(files[-1]), [str(band) for band in bands], separate=True).FlushCache()
            images.append(read(files[-1]))
            labels.append(read(data / "dynamic_world_labels" / f"{folder.name}_{date}.tif"))
        cities[folder.name] = images, labels, files
    totals: dict[str, list[Any]] = {}
    for city, (images, labels, files) in cities.items():
        tables, targets = [], []
        for other, (their_images, their_labels, _) in cities.items():
            for image, label in zip(their_images, their_labels):
                height, width = (min(image.shape[axis + 1], label.shape[axis + 1]) for axis in (0, 1))
                usable = (label[0, :height, :width] < 9) & (label[1, :height, :width] > 150)
                if other != city:
                    table = image[:, :height, :width][:, usable].T
                    chosen = rng.choice(len(table), min(2500, len(table)), replace=False)
                    tables.append(table[chosen])
                    targets.append(label[0, :height, :width][usable][chosen])
        pixels, classes = np.concatenate(tables).astype(float), np.concatenate(targets)
        kept = [int(value) for value in np.unique(classes)]
        network = make_pipeline(StandardScaler(), MLPClassifier((48, 24), random_state=1, max_iter=60))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # not converged: it need not
            network.fit(pixels, np.searchsorted(kept, classes))
        path = export(network, pixels, work / f"{city}.onnx", [LAND[value] for value in kept], "segment")
        target = work / "map.tif"
        height = min(images[0].shape[1], images[1].shape[1], *(label.shape[1] for label in labels))
        width = min(images[0].shape[2], images[1].shape[2], *(label.shape[2] for label in labels))
        cut = np.s_[:height, :width]
        sure = np.logical_and.reduce([(label[0][cut] < 9) & (label[1][cut] > 125) for label in labels])
        truth = (labels[0][0][cut] != labels[1][0][cut])[sure]
        length = magnitude(images[0][:, :height, :width], images[1][:, :height, :width])
        maps = {"CVA, Otsu": (length >= threshold_otsu(length))[sure]}
        for label, change in (
            ("post-classification comparison", engine.ChangeSettings()),
            ("post-classification comparison, probability ≥ 0.7", engine.ChangeSettings(threshold=0.7)),
            ("… after COREGISTER", engine.ChangeSettings(threshold=0.7, coregister=True)),
            ("… and MATCH_HISTOGRAMS", engine.ChangeSettings(threshold=0.7, coregister=True, match_histograms=True)),
        ):
            engine.detect_change(engine.load_model(path), str(files[0]), str(files[1]), str(target), change=change)
            changed = read(target)[cut][sure]
            maps[label] = (changed > 0) & (changed < 255)
        for label, values in maps.items():
            totals.setdefault(label, []).append((values, truth))
    joined = {label: score(*(np.concatenate(parts) for parts in zip(*pairs))) for label, pairs in totals.items()}
    share = float(np.concatenate([truth for _, truth in totals["CVA, Otsu"]]).mean())
    return {f"Sentinel-2, 8 cities, against Dynamic World ({share:.1%} changed)": joined}


def main() -> None:
    """Print the table and write it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "change_baseline.json")
    arguments = parser.parse_args()
    gdal.PushErrorHandler("CPLQuietErrorHandler")  # the imagery has odd TIFF tags
    engine = load_engine()
    with tempfile.TemporaryDirectory() as folder:
        found = {**landsat(engine, arguments.data, Path(folder)), **sentinel(engine, arguments.data, Path(folder))}
    for name, ways in found.items():
        print(f"\n{name}\n{'':62}" + "".join(f"{key:>11}" for key in ("F1", "precision", "recall", "OA", "kappa")))
        for way, figures in ways.items():
            print(f"{way:62}" + "".join(f"{value:11.3f}" for value in figures.values()))
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(found, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
