"""From what the user names (a model or its description) to one card, whatever the dialect."""

from __future__ import annotations

from pathlib import Path

from ..errors import ModelError
from ..runtime.signature import read_signature
from . import mlm, ukis
from .bare import read_bare
from .fields import read_json_object
from .types import ModelCard


def read_card(model: str | Path) -> ModelCard:
    """Return the card of *model*: the path of an ``.onnx`` file, or of the ``.json`` that describes one.

    The description beside ``x.onnx`` is ``x.json``. Where it and the ONNX file disagree, the file decides on tensor
    names, types and sizes, the description on everything else; contradictions are listed in the card's problems.
    Raises ModelError when the model can't be found, read or understood.
    """
    path = Path(str(model).strip()).expanduser()
    if not str(model).strip():
        raise ModelError("MODEL is empty: give the path of an .onnx file or of the .json that describes it.")
    suffix = path.suffix.lower()
    if suffix == ".onnx":
        return _read_model(path)
    if suffix == ".json":
        return _read_description(path)
    raise ModelError(
        f"MODEL should be an .onnx file or the STAC MLM .json that describes one; found '{path}'."
        + (" The file does not exist." if not path.exists() else "")
    )


def _read_model(path: Path) -> ModelCard:
    signature = read_signature(path)
    beside = path.with_suffix(".json")
    if not beside.is_file():
        return read_bare(path, signature)
    data = read_json_object(beside)
    if mlm.is_mlm(data):
        return mlm.read_mlm(data, beside, path, signature)
    if ukis.is_ukis(data):
        return ukis.read_ukis(data, beside, path, signature)
    return read_bare(path, signature, (f"{beside.name} is no known form of model description and was not used.",))


def _read_description(path: Path) -> ModelCard:
    data = read_json_object(path)
    if mlm.is_mlm(data):
        onnx_path = mlm.model_path(data, path)
        return mlm.read_mlm(data, path, onnx_path, read_signature(onnx_path))
    if ukis.is_ukis(data):
        onnx_path = path.with_suffix(".onnx")
        return ukis.read_ukis(data, path, onnx_path, read_signature(onnx_path))
    raise ModelError(f"{path.name} is no known form of model description; expected a STAC MLM item.")
