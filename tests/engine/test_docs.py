"""The snippets of docs/models.md do what the page says: they run, and what they export runs here."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from geonnx.models import RunOptions, RunSettings, SegmentOutputs, load_model, segment
from geonnx.models.describe import Changes, describe

from ..rasters import noise, read_raster, write_raster


def snippets(root: Path) -> list[str]:
    """Return the Python snippets that are meant to run on any development machine."""
    text = (root / "docs" / "models.md").read_text(encoding="utf-8")
    return [code for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if code.startswith("# runs here")]


def run_snippet(root: Path, name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    code = next(code for code in snippets(root) if name in code)
    monkeypatch.chdir(folder)
    scope: dict[str, object] = {}
    exec(compile(code, f"docs/models.md ({name})", "exec"), scope)
    return scope


def test_every_framework_has_a_section(root: Path) -> None:
    text = (root / "docs" / "models.md").read_text(encoding="utf-8")
    for name in ("PyTorch", "segmentation-models-pytorch", "torchgeo and terratorch", "Ultralytics", "scikit-learn",
                 "Keras", "ArcGIS"):  # fmt: skip
        assert f"\n## {name}\n" in text
    assert len(snippets(root)) == 2


def test_pytorch(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed (pip install torch)")
    scope = run_snippet(root, "torch.onnx.export", tmp_path, monkeypatch)
    values = noise(3, 100, 150, "float32")
    raster = write_raster(tmp_path / "in.tif", values)
    segment(load_model(tmp_path / "network.onnx"), str(raster), str(tmp_path / "out.tif"), RunSettings(tile_size=64))
    with torch.no_grad():
        expected = scope["network"](torch.from_numpy(values[np.newaxis]))[0].numpy()
    margin = np.abs(expected[0] - expected[1]) > 1e-5  # ties may tip either way
    inner = np.s_[:-1, :-1]
    np.testing.assert_array_equal(
        np.where(margin, read_raster(tmp_path / "out.tif")[0], 0)[inner],
        np.where(margin, expected.argmax(axis=0), 0)[inner],
    )


def test_scikit_learn(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("skl2onnx", reason="skl2onnx is not installed (pip install skl2onnx)")
    scope = run_snippet(root, "convert_sklearn", tmp_path, monkeypatch)
    values = noise(4, 70, 90, "uint16")
    raster = write_raster(tmp_path / "in.tif", values)
    segment(load_model(tmp_path / "forest.onnx"), str(raster), str(tmp_path / "out.tif"))
    table = values.reshape(4, -1).T.astype(np.float32)
    probabilities = scope["forest"].predict_proba(table)
    ranked = np.sort(probabilities, axis=1)
    clear = (ranked[:, -1] - ranked[:, -2] > 1e-3).reshape(70, 90)  # twenty trees often tie
    expected = probabilities.argmax(axis=1).reshape(70, 90)
    assert clear.mean() > 0.8
    np.testing.assert_array_equal(read_raster(tmp_path / "out.tif")[0][clear], expected[clear])

    # the other output, as the page says
    page = (root / "docs" / "models.md").read_text(encoding="utf-8")
    output = re.search(r'```json\n"mlm:output": (\[\{\n.*?\n\}\])\n```', page, re.DOTALL)
    assert output is not None
    describe(tmp_path / "forest.onnx", Changes(classes="0=a,1=b,2=c"))
    card = json.loads((tmp_path / "forest.json").read_text())
    card["properties"]["mlm:output"] = json.loads(output.group(1))
    (tmp_path / "forest.json").write_text(json.dumps(card))
    segment(
        load_model(tmp_path / "forest.onnx"),
        str(raster),
        SegmentOutputs(str(tmp_path / "c.tif"), probabilities=str(tmp_path / "p.tif")),
        RunSettings(options=RunOptions(probability_dtype="float32")),
    )
    given = read_raster(tmp_path / "p.tif")
    np.testing.assert_allclose(given, probabilities.T.reshape(3, 70, 90), atol=1e-6)
    assert set(np.unique(read_raster(tmp_path / "c.tif"))) == {10, 20, 30}
