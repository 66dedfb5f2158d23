"""Segments many scenes on the workers of a Dask cluster: each scene as a whole is the work of one worker.

    PYTHONPATH=<folder that holds geonnx> python3 cluster.py tcp://scheduler:8786 model.onnx results scenes/*.tif

Model, scenes and results lie where all machines see them under the same path. A scene whose worker is lost goes to
another one; scenes whose result is there already are left out, so that the same call goes on where it was stopped. A
scene that fails is reported and the others go on; the exit code is 1 then. Each line on standard output is a JSON
object.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from distributed import Client, as_completed


def segment_scene(model_path: str, scene: str, target: str) -> dict[str, object]:
    """Segment a scene on the machine where this is called; return what happened."""
    from geonnx.models import Feedback, RunOptions, RunSettings, load_model, segment  # noqa: PLC0415  (on the worker)
    from geonnx.models.errors import GeonnxError  # noqa: PLC0415

    outcome: dict[str, object] = {"scene": scene, "result": target}
    warnings: list[str] = []
    settings = RunSettings(device="auto", options=RunOptions(resume=True))  # bands, tiles and so on, for all alike
    try:
        report = segment(load_model(model_path), scene, target, settings, feedback=Feedback(warn=warnings.append))
        outcome.update(seconds=round(report.seconds, 2), provider=report.provider)
    except GeonnxError as error:
        outcome["error"] = str(error)
    return {**outcome, "warnings": warnings} if warnings else outcome


def main(scheduler: str, model_path: str, folder: Path, scenes: list[str]) -> int:
    """Segment every scene; return the exit code."""
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    targets = {str(Path(scene).absolute()): folder / f"{Path(scene).stem}_classes.tif" for scene in scenes}
    left = {scene: target for scene, target in targets.items() if not target.exists()}
    failed = 0
    with Client(scheduler, set_as_default=False) as client:
        calls = [
            client.submit(segment_scene, str(Path(model_path).absolute()), scene, str(target), pure=False)
            for scene, target in left.items()
        ]
        for call in as_completed(calls):
            # a scene that its workers do not survive, or whose error is not ours, must not stop the others
            outcome = {"error": str(call.exception())} if call.status == "error" else call.result()
            failed += "error" in outcome
            print(json.dumps(outcome, ensure_ascii=False), flush=True)
            call.release()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4:]))
