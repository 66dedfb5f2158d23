"""Segments many scenes on the workers of a Dask cluster: each scene as a whole is the work of one worker.

    PYTHONPATH=<folder that holds geonnx> python3 cluster.py tcp://scheduler:8786 model.onnx results scenes/*.tif
    find /archive -name '*.SAFE' | PYTHONPATH=… python3 cluster.py tcp://scheduler:8786 model.onnx results -

Model, scenes and results lie where all machines see them under the same path. Scenes whose result is there already are
left out, so that the same call goes on where it was stopped; a scene in the middle goes on from its journal, also on
another worker when its own was lost. A scene that fails is reported and the others go on; the exit code is 1 then. Each
line on standard output is a JSON object.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from distributed import Client, Future, as_completed

AT_A_TIME = 3
"""scenes for each thread of the workers that are handed out at a time"""


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


def scenes(words: list[str]) -> Iterator[Path]:
    """Yield the scenes; ``-`` stands for a list on standard input, a line each."""
    for word in words:
        for line in sys.stdin if word == "-" else (word,):
            if line.strip():
                yield Path(line.strip()).absolute()


def say(outcome: dict[str, object]) -> int:
    """Print what happened to a scene; return 1 when it failed."""
    print(json.dumps(outcome, ensure_ascii=False), flush=True)
    return int("error" in outcome)


def main(scheduler: str, model_path: str, folder: Path, words: list[str]) -> int:
    """Segment every scene; return the exit code."""
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    model = str(Path(model_path).absolute())
    failed = 0
    taken: set[Path] = set()
    with Client(scheduler) as client:

        def calls() -> Iterator[Future]:
            nonlocal failed
            for scene in scenes(words):
                target = folder / f"{scene.stem}_classes.tif"
                known: dict[str, object] = {"scene": str(scene), "result": str(target)}
                if target in taken:
                    known["error"] = f"Another scene is called {scene.stem} too: give each a name of its own."
                    failed += say(known)
                elif target.exists():  # results appear complete or not at all
                    say({**known, "skipped": True})
                else:
                    taken.add(target)
                    yield client.submit(segment_scene, model, str(scene), str(target), pure=False)

        left = calls()
        under_way = as_completed(list(islice(left, AT_A_TIME * max(1, sum(client.nthreads().values())))))
        for call in under_way:
            # a scene that its workers do not survive, or whose error is not ours, must not stop the others
            failed += say({"error": str(call.exception())} if call.status == "error" else call.result())
            call.release()
            under_way.update(islice(left, 1))
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit("usage: cluster.py SCHEDULER MODEL FOLDER SCENE… (or - for a list on standard input)")
    if not Path(sys.argv[2]).is_file():
        sys.exit(f"The model {sys.argv[2]} can't be found; expected a file that all workers see under this path.")
    try:
        sys.exit(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4:]))
    except (OSError, ValueError) as error:  # no scheduler there, or no address
        sys.exit(f"{sys.argv[1]} can't be used as the scheduler: {error}")
