"""What the benchmarks say, where a machine without a GPU can tell: samples of its use, limits, worse ratios."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

from ..tiny_models import unet

ROOT = Path(__file__).resolve().parents[2]

FAKE = """#!/bin/sh
case "$*" in
  -L) echo "GPU 0: NVIDIA Test (UUID: GPU-0)";;
  *--query-gpu=utilization.gpu*) for use in 0 0 80 90 0 100 0; do echo $use; done; exec sleep 60;;
esac
"""


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"geonnx_bench_{name}", ROOT / "benchmarks" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text(FAKE)
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")


def test_use_of_a_card(card: None) -> None:
    gpu = load("gpu")
    assert gpu.gpu_device() == "cuda"
    with gpu.sampled_use() as use:
        time.sleep(0.5)
    assert use == [0, 0, 80, 90, 0, 100, 0]
    assert gpu.mean_use(use) == (80 + 90 + 0 + 100) / 4
    assert gpu.mean_use([0.0, 0.0]) == 0


def test_no_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert load("gpu").gpu_device() == ""


@pytest.mark.parametrize("more", [[], ["--bound", "cpu"]])
def test_the_limit(tmp_path: Path, more: list[str]) -> None:
    model = unet(tmp_path / "m.onnx", classes=3, levels=1)
    words = [sys.executable, str(ROOT / "benchmarks" / "bare.py"), str(model), "64", "5", *more]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert 0 < float(done.stdout) < 60


def test_a_worse_ratio_is_said() -> None:
    run = load("run")
    before = {"cases": {"U-Net 4096²": {"wall/bare": 1.0, "seconds": 9.0}}}
    assert not run.find_worse({"cases": {"U-Net 4096²": {"wall/bare": 1.14, "seconds": 99.0}}}, before)
    (said,) = run.find_worse({"cases": {"U-Net 4096²": {"wall/bare": 1.16}, "new": {"wall/bare": 9}}}, before)
    assert said == "U-Net 4096²: wall/bare is 1.16, and was 1.00"


def test_page_is_that_of_the_baseline() -> None:
    page = load("speed_page")
    assert page.PAGE.read_text(encoding="utf-8") == page.write_page(json.loads(page.BASELINE.read_text("utf-8")))
