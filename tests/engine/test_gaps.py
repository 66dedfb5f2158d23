"""Areas of 0 in rasters that declare no nodata: told, where there are any."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.models import ChangeOutputs, Feedback, RunSettings, classify, detect_change, load_model, segment

from ..rasters import noise, write_raster
from ..scene_models import mean_of_bands, write_card
from ..tiny_models import identity


def scene(height: int = 300, width: int = 400) -> Any:
    """Return a scene (3, H, W) of which a wedge, a tenth of it, was never seen."""
    values = noise(3, height, width, "uint16") + 1
    rows, columns = np.mgrid[:height, :width]
    values[:, columns / width < 0.2 * rows / height] = 0
    return values


def warnings_of(raster: Path, folder: Path, **settings: Any) -> list[str]:
    said: list[str] = []
    model = load_model(identity(folder / "m.onnx", bands=3))
    segment(model, str(raster), str(folder / "c.tif"), RunSettings(**settings), feedback=Feedback(warn=said.append))
    return [text for text in said if "areas of 0" in text]


@pytest.mark.parametrize("settings", [{}, {"tile_size": 64}, {"tile_size": 128, "merge": "blend"}])
def test_a_gap_is_told(tmp_path: Path, settings: dict[str, Any]) -> None:
    (said,) = warnings_of(write_raster(tmp_path / "in.tif", scene()), tmp_path, **settings)
    share, _, rest = said.removeprefix("About ").partition(" % of ")
    assert 9.5 <= float(share) <= 10.5
    assert rest.startswith("in.tif are whole areas of 0 in every band, and the file declares no nodata value: ")


def test_what_is_declared_is_not_told(tmp_path: Path) -> None:
    for name, nodata in (("zero", 0), ("other", 65535)):
        assert warnings_of(write_raster(tmp_path / f"{name}.tif", scene(), nodata=nodata), tmp_path) == []
    masked = np.concatenate([scene(), 65535 * (scene()[:1] > 0).astype(np.uint16)])
    alpha = write_raster(tmp_path / "alpha.tif", masked, options=["PHOTOMETRIC=RGB", "ALPHA=YES"])
    assert warnings_of(alpha, tmp_path) == []


def test_dark_is_no_gap(tmp_path: Path) -> None:
    values = noise(3, 300, 400, "uint16") + 1
    values[0, :, :200] = 0
    assert warnings_of(write_raster(tmp_path / "one_band.tif", values), tmp_path) == []
    values[:, np.random.default_rng(1).random((300, 400)) < 0.2] = 0
    assert warnings_of(write_raster(tmp_path / "scattered.tif", values), tmp_path) == []


def test_on_either_date_of_a_change(tmp_path: Path) -> None:
    before = write_raster(tmp_path / "a.tif", scene())
    after = write_raster(tmp_path / "b.tif", scene()[:, ::-1])
    said: list[str] = []
    model = load_model(identity(tmp_path / "m.onnx", bands=3))
    wanted = ChangeOutputs(str(tmp_path / "c.tif"))
    detect_change(model, str(before), str(after), wanted, feedback=Feedback(warn=said.append))
    (found,) = [text for text in said if "areas of 0" in text]
    assert re.match(r"About (9.\d|10) % of a.tif and (9.\d|10) % of b.tif are whole areas of 0 in every band", found)


def test_chips(tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "in.tif", scene())
    said: list[str] = []
    model = load_model(write_card(mean_of_bands(tmp_path / "m.onnx", size=32), ["a", "b", "c"]))
    classify(model, str(raster), str(tmp_path / "c.gpkg"), feedback=Feedback(warn=said.append))
    assert any(" % of in.tif are whole areas of 0 in every band" in text for text in said), said
