"""What all parts of the demonstration share: where results go, how QGIS is called, what is said."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests")]

from headless import HeadlessQgis  # noqa: E402 (found in tools/)

OUT = Path(os.environ.get("GEONNX_DEMO_OUT") or ROOT / "build" / "demo").resolve()


def say(text: str) -> None:
    """Print a line at once."""
    print(f"demo: {text}", flush=True)


def wanted(name: str) -> str:
    """Return a setting that the Makefile hands over, or an empty string."""
    return os.environ.get(f"GEONNX_DEMO_{name}", "").strip()


def open_qgis() -> HeadlessQgis:
    """Return the real ``qgis_process`` with a profile of its own."""
    return HeadlessQgis(OUT / "qgis", Path(sysconfig.get_path("purelib")))


def draw(script: str, *words: str) -> None:
    """Draw maps in a process of its own; end with what it said where it fails."""
    environment = os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "QGIS_CUSTOM_CONFIG_PATH": str(OUT / "qgis" / "profile"),
    }
    command = [sys.executable, str(ROOT / "demo" / script), *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"demo: the map could not be drawn:\n{done.stdout}{done.stderr}")


def remove_result(path: Path) -> None:
    """Take away a result of an earlier run with what lies beside it, so that nothing old is shown as new."""
    beside = (path.with_suffix(".qml"), path.with_name(f"{path.name}.aux.xml"), path.with_name(f"{path.name}.ovr"))
    for old in (path, *beside):
        old.unlink(missing_ok=True)
