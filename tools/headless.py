"""Runs the real ``qgis_process`` in a profile of its own, for the demonstration and the end-to-end tests.

Standard library only; works with any Python.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "tools" / "qgis_process.sh"
PLUGIN = "geonnx"


class Outcome(NamedTuple):
    """What one call of ``qgis_process`` gave."""

    code: int
    json: Any
    """The parsed JSON of standard output, or None where there is none."""
    stdout: str
    stderr: str

    @property
    def results(self) -> dict[str, Any]:
        """Return the algorithm's results, or an empty dictionary after a failure."""
        return self.json.get("results", {}) if isinstance(self.json, dict) else {}


@dataclass
class HeadlessQgis:
    """A QGIS without a window: its own profile, the plugin under the name ``geonnx``, its packages, nothing else."""

    folder: Path
    """Where the profile and the link to the plugin are made."""
    site_packages: Path | None
    """Where onnxruntime and onnx are; None: QGIS's own packages only."""
    plugin_source: Path = ROOT
    """The plugin: the repository's root or an unpacked zip."""
    extra_env: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the folders and enable the plugin."""
        link = self.folder / "plugins" / PLUGIN
        link.parent.mkdir(parents=True, exist_ok=True)
        (self.folder / "home").mkdir(mode=0o700, exist_ok=True)
        if link.is_symlink():
            link.unlink()
        link.symlink_to(self.plugin_source.resolve(), target_is_directory=True)
        enabled = self.call("plugins", "enable", PLUGIN)
        if enabled.code != 0 and "already enabled" not in enabled.stdout + enabled.stderr:
            raise RuntimeError(f"qgis_process could not enable the plugin:\n{enabled.stdout}{enabled.stderr}")

    def environment(self) -> dict[str, str]:
        """Return the environment of the process: no display, no settings of the user."""
        kept = {
            key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
        }
        home = str((self.folder / "home").resolve())
        kept |= {
            "HOME": home,
            "XDG_RUNTIME_DIR": home,
            "QT_QPA_PLATFORM": "offscreen",
            "QGIS_CUSTOM_CONFIG_PATH": str((self.folder / "profile").resolve()),
            "QGIS_PLUGINPATH": str((self.folder / "plugins").resolve()),
        }
        kept.pop("GEONNX_SITE_PACKAGES", None)
        if self.site_packages is not None:
            kept["GEONNX_SITE_PACKAGES"] = str(self.site_packages)
        return kept | dict(self.extra_env)

    def call(self, *words: str, timeout: float = 600) -> Outcome:
        """Call ``qgis_process`` with these words as they are."""
        done = subprocess.run(
            [str(SCRIPT), *words],
            env=self.environment(),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
        return Outcome(done.returncode, find_json(done.stdout), done.stdout, done.stderr)

    def run(self, algorithm: str, *, timeout: float = 600, **parameters: Any) -> Outcome:
        """Run an algorithm: ``run("geonnx:segment", INPUT="a.tif", MODEL="m.onnx")``; None leaves a parameter out."""
        return self.call("--json", "run", algorithm, "--", *parameter_words(parameters), timeout=timeout)

    def __call__(self, algorithm: str, *, timeout: float = 600, **parameters: Any) -> Outcome:
        """Run an algorithm; see :meth:`run`."""
        return self.run(algorithm, timeout=timeout, **parameters)

    def clean(self) -> None:
        """Remove the profile and the link."""
        shutil.rmtree(self.folder, ignore_errors=True)


def parameter_words(parameters: Mapping[str, Any]) -> Iterable[str]:
    """Write parameters as ``qgis_process`` takes them: a list is its name repeated, a dictionary is JSON."""
    for name, value in parameters.items():
        if value is None:
            continue
        for item in value if isinstance(value, (list, tuple)) else [value]:
            yield f"{name}={parameter_text(item)}"


def parameter_text(value: Any) -> str:
    """Write one value as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, dict) else str(value)


def find_json(text: str) -> Any:
    """Return the JSON object that a text ends in, past any lines before it; None where there is none."""
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if line.startswith("{"):
            try:
                return json.loads("".join(lines[number:]))
            except ValueError:
                continue
    return None
