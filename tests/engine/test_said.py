"""Warnings that are the same for several rasters: one sentence, with the rasters that it holds for."""

from __future__ import annotations

from pathlib import Path

import pytest
from geonnx.models import ChangeOutputs, Feedback, detect_change, load_model
from geonnx.models.said import once_for_all

from ..rasters import noise, write_raster
from ..tiny_models import identity, write_mlm


def told(*texts: str, names: tuple[str, ...] = ("a.tif", "aa.tif", "b.tif", "c.tif", "d.tif")) -> list[str]:
    said: list[str] = []
    with once_for_all(Feedback(warn=said.append), names) as feedback:
        for text in texts:
            feedback.warn(text)
    return said


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ((), []),
        (("a.tif is odd.", "b.tif is odd."), ["a.tif is odd. (The same for b.tif.)"]),
        (("a.tif: median 1.5.", "aa.tif: median 12."), ["a.tif: median 1.5. (The same for aa.tif.)"]),
        (("a.tif is odd.", "b.tif is even."), ["a.tif is odd.", "b.tif is even."]),
        (("b.tif is odd.", "b.tif is odd.", "All is odd."), ["b.tif is odd.", "All is odd."]),
        (tuple(f"{name}.tif is odd." for name in ("a", "aa", "b", "c", "d")),
         ["a.tif is odd. (The same for 4 other rasters.)"]),
    ],
)  # fmt: skip
def test_once(texts: tuple[str, ...], expected: list[str]) -> None:
    assert told(*texts) == expected


def test_without_names() -> None:
    assert told("One.", "One.", "Two.", names=()) == ["One.", "Two."]


def test_what_was_said_before_an_error_is_not_lost() -> None:
    said: list[str] = []
    with pytest.raises(ValueError, match="stop"), once_for_all(Feedback(warn=said.append), ["a"]) as feedback:
        feedback.warn("a is odd.")
        raise ValueError("stop")
    assert said == ["a is odd."]


def test_bytes_of_both_dates(tmp_path: Path) -> None:
    model = identity(tmp_path / "m.onnx", bands=3)
    classes = [(0, "x"), (1, "y"), (2, "z")]
    write_mlm(model, bands=[], channels=3, classes=classes, scaling=[{"type": "scale", "value": 10000}])
    dates = [str(write_raster(tmp_path / f"{name}.tif", noise(3, 60, 80, "uint8"))) for name in ("old", "new")]
    said: list[str] = []
    wanted = ChangeOutputs(str(tmp_path / "c.tif"))
    detect_change(load_model(model), dates[0], dates[1], wanted, feedback=Feedback(warn=said.append))
    (found,) = [text for text in said if "holds bytes from 0 to 255" in text]
    assert found.startswith("old.tif holds bytes") and found.endswith(" (The same for new.tif.)")
