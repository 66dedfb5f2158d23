"""Another form of a bundled model is taken where it suits the processor, and only if it is the file that is meant."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geonnx.models import RunOptions, RunSettings, load_model, segment
from geonnx.models import forms as module
from geonnx.models.catalog import entries
from geonnx.models.errors import ModelError, SettingsError
from geonnx.models.feedback import Feedback
from geonnx.models.settings import read_options
from onnx import helper

from ..rasters import noise, read_raster, write_raster
from ..tiny_models import save, write_mlm


def pointwise(path: Path, sign: float) -> Path:
    """Write a model that picks the largest band, or with the sign -1 the smallest."""
    return save(
        path,
        [helper.make_node("Conv", ["image", "w"], ["scores"])],
        inputs=[("image", "float32", ["n", 3, "h", "w"])],
        outputs=[("scores", "float32", ["n", 3, "h", "w"])],
        weights={"w": sign * np.eye(3, dtype=np.float32)[:, :, None, None]},
    )


@pytest.fixture
def zoo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return bundled models: ``m`` takes the largest band, its int8 form, so that it is told apart, the smallest."""
    folder = tmp_path / "zoo"
    folder.mkdir()
    card = write_mlm(pointwise(folder / "m.onnx", 1), bands=["a", "b", "c"], classes=[(0, "A"), (1, "B"), (2, "C")])
    content = pointwise(folder / "m.int8.onnx", -1).read_bytes()
    form = {"href": "./m.int8.onnx", "sha256": hashlib.sha256(content).hexdigest(), "precision": "int8",
            "devices": ["cpu"], "loss": 0.02}  # fmt: skip
    change_card(card, {"geonnx:forms": [form]})
    monkeypatch.setattr(entries, "BUNDLED", folder)
    monkeypatch.setattr(module, "BUNDLED", folder)
    monkeypatch.setattr(module, "has_int8_units", lambda: True)
    return folder


def change_card(card: Path, changes: dict[str, Any]) -> None:
    item = json.loads(card.read_text())
    item["properties"] |= changes
    card.write_text(json.dumps(item))


class Said(list):
    """What a run said."""

    def feedback(self) -> Feedback:
        return Feedback(log=self.append, warn=self.append)


def runs_form(model: Path, folder: Path, said: Said | None = None, **settings: Any) -> bool:
    """Run a model and tell whether its int8 form was what ran."""
    values = noise(3, 40, 50, "float32")
    raster = write_raster(folder / "in.tif", values, names=["a", "b", "c"])
    feedback = (Said() if said is None else said).feedback()
    report = segment(
        load_model(model), str(raster), str(folder / "out.tif"), RunSettings(**settings), feedback=feedback
    )
    found = read_raster(folder / "out.tif")[0]
    is_form = bool((found == values.argmin(axis=0)).mean() > 0.99)
    assert is_form or (found == values.argmax(axis=0)).mean() > 0.99
    ran = model.with_name("m.int8.onnx" if is_form else "m.onnx")
    assert report.model_sha256 == hashlib.sha256(ran.read_bytes()).hexdigest()
    return is_form


@pytest.mark.parametrize("device", ["cpu", "cpu,cpu"])
def test_on_a_processor_with_the_instructions_the_form_runs_and_it_is_said(zoo: Path, tmp_path: Path, device) -> None:
    said = Said()
    assert runs_form(zoo / "m.onnx", tmp_path, said, device=device)
    (sentence,) = [text for text in said if "int8" in text]
    assert "m.int8.onnx" in sentence and "0.02 points" in sentence


def test_without_the_instructions_float32_runs(zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "has_int8_units", lambda: False)
    assert not runs_form(zoo / "m.onnx", tmp_path)


def test_on_another_device_float32_runs(zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "runs_on_cpu", lambda _device: False)
    model = load_model(zoo / "m.onnx")
    assert module.pick_form(model, RunSettings(), Feedback()) == model


def test_a_gpu_or_a_cluster_is_no_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    class Runtime:
        @staticmethod
        def get_available_providers() -> list[str]:
            return ["CUDAExecutionProvider", "CPUExecutionProvider"]

    monkeypatch.setattr(module, "import_onnxruntime", lambda: Runtime)
    found = {device: module.runs_on_cpu(device) for device in ("auto", "cuda", "cpu", "dask://host:8786")}
    assert found == {"auto": False, "cuda": False, "cpu": True, "dask://host:8786": False}


def test_options_say_no(zoo: Path, tmp_path: Path) -> None:
    assert not runs_form(zoo / "m.onnx", tmp_path, options=RunOptions(int8=False))
    assert read_options('{"int8": false}') == RunOptions(int8=False)
    with pytest.raises(SettingsError, match="int8 should be true or false"):
        read_options('{"int8": 1}')


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_a_file_that_is_not_the_one_meant_is_passed_over_with_a_warning(zoo: Path, tmp_path: Path, damage) -> None:
    path = zoo / "m.int8.onnx"
    path.unlink()
    if damage == "changed":
        pointwise(path, -2)
    said = Said()
    assert not runs_form(zoo / "m.onnx", tmp_path, said)
    assert any("runs in float32" in text and "m.int8.onnx" in text for text in said)


def test_models_elsewhere_have_no_forms(zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUNDLED", tmp_path / "another")
    assert not runs_form(zoo / "m.onnx", tmp_path)


@pytest.mark.parametrize(
    "form",
    [
        {"href": "../m.int8.onnx", "sha256": "ab" * 32, "devices": ["cpu"], "loss": 0},
        {"href": "m.int8.onnx", "sha256": "ab", "devices": ["cpu"], "loss": 0},
        {"href": "m.txt", "sha256": "ab" * 32, "devices": ["cpu"], "loss": 0},
        {"href": "m.int8.onnx", "sha256": "ab" * 32, "devices": "cpu", "loss": 0},
        {"href": "m.int8.onnx", "sha256": "ab" * 32, "devices": ["cpu"], "loss": "none"},
        "m.int8.onnx",
    ],
)
def test_malformed_forms_are_one_sentence(zoo: Path, form: Any) -> None:
    change_card(zoo / "m.json", {"geonnx:forms": [form]})
    with pytest.raises(ModelError, match=r"geonnx:forms"):
        module.read_forms(zoo / "m.json")


def test_forms_are_not_listed_as_models(zoo: Path) -> None:
    assert [entry.path.name for entry in entries.list_models() if entry.source == "bundled"] == ["m.onnx"]


@pytest.mark.parametrize("is_text", [True, False])
def test_the_file_of_a_form_is_refused_with_the_id_of_its_model(zoo: Path, is_text: bool) -> None:
    """Its card is that of the model: run by itself, its scaling, bands and classes would be guessed."""
    path = zoo / "sub" / ".." / "m.int8.onnx"
    (zoo / "sub").mkdir()
    with pytest.raises(ModelError) as caught:
        load_model(str(path) if is_text else path)
    assert str(caught.value) == (
        "MODEL is m.int8.onnx, a form of the bundled model m that has no description of its own: give m as MODEL, and "
        "its int8 form is taken where the processor is faster with it."
    )
    assert load_model("m").card.model_path == zoo / "m.onnx"


def test_a_model_of_the_user_may_have_such_a_name(zoo: Path, tmp_path: Path) -> None:
    assert load_model(pointwise(tmp_path / "m.int8.onnx", 1)).card.dialect == "bare ONNX"
    assert load_model(pointwise(zoo / "alone.int8.onnx", 1)).card.dialect == "bare ONNX"


def test_the_instructions_are_looked_up_without_an_error() -> None:
    assert module.has_int8_units() in (True, False)
