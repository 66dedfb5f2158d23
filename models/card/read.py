"""From what the user names (a model or its description) to one card, whatever the dialect.

Order of trust. The ONNX file itself always decides on the names, types and fixed sizes of its tensors. Everything
else comes from *one* description, the first of these that is there; it is never mixed with the others:

1. the description that the user named as MODEL (a STAC ``.json``, an ``.emd``, a ``.dlpk``);
2. ``x.json`` beside ``x.onnx``: a STAC MLM item or collection, or the JSON of ukis-csmask;
3. a STAC MLM item or collection in the same folder, then in the one above, whose model asset is this file;
4. an Esri ``.emd`` beside it that names this file;
5. geoai's ``x.onnx.json``;
6. metadata inside of the ONNX file: Deepness's, then Ultralytics's;
7. nothing: what the shapes allow.

The other descriptions are read too, and every point on which one contradicts the one that is used becomes a sentence
in the card's ``problems``. Nothing that a description says is ever executed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import ModelError
from ..files import exists, is_file
from ..runtime.signature import Signature, read_signature
from . import deepness, dlpk, esri, geoai, mlm, stac, ukis, ultralytics
from .bare import read_bare
from .conflicts import find_conflicts
from .fields import read_json_object
from .types import ModelCard

_MOST_NEIGHBOURS = 50


@dataclass(frozen=True)
class _Source:
    """One description of a model: what people call it, and how it becomes a card."""

    name: str
    read: Callable[[], ModelCard]


def read_card(model: str | Path) -> ModelCard:
    """Return the card of *model*: the path of an ``.onnx`` file, or of the description of one.

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
    if suffix == ".emd":
        return _read_emd(path, path)
    if suffix == ".dlpk":
        return _read_emd(dlpk.unpack(path), path)
    raise ModelError(
        f"MODEL should be an .onnx file or the description of one (STAC MLM .json, Esri .emd or .dlpk); found '{path}'."
        + ("" if exists(path) else " The file does not exist.")
    )


def _read_model(path: Path) -> ModelCard:
    signature = read_signature(path)
    sources, notes = _sources(path, signature)
    return _combine(path, signature, sources, notes)


def _combine(path: Path, signature: Signature, sources: list[_Source], notes: list[str]) -> ModelCard:
    if not sources:
        return read_bare(path, signature, tuple(notes))
    card = sources[0].read()
    problems = [*card.problems, *notes]
    for other in sources[1:]:
        try:
            second = other.read()
        except ModelError as error:
            problems.append(f"{other.name} describes the model too, but was not used: {error}")
            continue
        problems += find_conflicts(card, sources[0].name, second, other.name)
    return replace(card, problems=tuple(problems))


def _read_description(path: Path) -> ModelCard:
    data = read_json_object(path)
    if stac.is_mlm(data):
        path, data = _described_item(data, path)
        onnx_path = stac.model_path(data, path)
        signature = read_signature(onnx_path)
        named = _Source(path.name, lambda: mlm.read_mlm(data, path, onnx_path, signature))
    elif ukis.is_ukis(data):
        onnx_path = path.with_suffix(".onnx")
        signature = read_signature(onnx_path)
        named = _Source(path.name, lambda: ukis.read_ukis(data, path, onnx_path, signature))
    elif geoai.is_geoai(data):
        onnx_path = path.with_suffix("") if path.stem.lower().endswith(".onnx") else path.with_suffix(".onnx")
        signature = read_signature(onnx_path)
        named = _Source(path.name, lambda: geoai.read_geoai(data, path, onnx_path, signature))
    else:
        raise ModelError(f"{path.name} is no known form of model description; expected a STAC MLM item.")
    return _combine_named(named, path, onnx_path, signature)


def _read_emd(emd_path: Path, named_path: Path) -> ModelCard:
    data = read_json_object(emd_path)
    if not esri.is_emd(data):
        raise ModelError(f"{emd_path.name} is no Esri model definition; expected JSON with Framework and ModelType.")
    onnx_path = esri.emd_model_path(data, emd_path)
    signature = read_signature(onnx_path)
    named = _Source(named_path.name, lambda: esri.read_emd(data, named_path, onnx_path, signature))
    return _combine_named(named, emd_path, onnx_path, signature)


def _combine_named(named: _Source, path: Path, onnx_path: Path, signature: Signature) -> ModelCard:
    """Read the description that the user named, and compare it with the others of that model."""
    others, _ = _sources(onnx_path, signature, but=path)
    return _combine(onnx_path, signature, [named, *others], [])


def _described_item(data: dict[str, Any], path: Path) -> tuple[Path, dict[str, Any]]:
    """Return a description with tensors: the item or collection itself, else the only item that a collection links."""
    if "mlm:input" in stac.as_item(data)["properties"]:
        return path, data
    items = stac.follow_items(data, path)
    if len(items) > 1:
        names = ", ".join(found.name for found, _ in items[:5])
        raise ModelError(f"{path.name} is a collection of {len(items)} models ({names}); name one of these as MODEL.")
    return items[0] if items else (path, data)


def _sources(path: Path, signature: Signature, but: Path | None = None) -> tuple[list[_Source], list[str]]:
    """Return the descriptions of the model in *path* in the order of trust, without *but*; and notes on other files."""
    notes: list[str] = []
    sources = _stac_sources(path, signature, but, notes)
    for emd_path in _emd_files(path):
        if emd_path != but:
            sources.append(_Source(emd_path.name, _emd_reader(emd_path, path, signature)))
    beside = path.with_name(path.name + ".json")
    if is_file(beside) and beside != but:
        data = read_json_object(beside)
        if geoai.is_geoai(data):
            sources.append(_Source(beside.name, lambda: geoai.read_geoai(data, beside, path, signature)))
        else:
            notes.append(_unknown(beside))
    if deepness.is_deepness(signature.metadata):
        sources.append(
            _Source(f"The Deepness metadata in {path.name}", lambda: deepness.read_deepness(path, signature))
        )
    elif ultralytics.is_ultralytics(signature.metadata):
        sources.append(
            _Source(f"The Ultralytics metadata in {path.name}", lambda: ultralytics.read_ultralytics(path, signature))
        )
    return sources, notes


def _stac_sources(path: Path, signature: Signature, but: Path | None, notes: list[str]) -> list[_Source]:
    beside = path.with_suffix(".json")
    if but is not None and but == beside:
        return []
    if is_file(beside):
        data = read_json_object(beside)
        if stac.is_mlm(data):
            return [_Source(beside.name, _mlm_reader(beside, data, path, signature))]
        if ukis.is_ukis(data):
            return [_Source(beside.name, lambda: ukis.read_ukis(data, beside, path, signature))]
        notes.append(_unknown(beside))
    if but is not None:
        return []
    return [
        _Source(found.name, _mlm_reader(found, read_json_object(found), path, signature))
        for found in stac.find_descriptions(path)[:_MOST_NEIGHBOURS]
    ]


def _mlm_reader(card_path: Path, data: dict[str, Any], path: Path, signature: Signature) -> Callable[[], ModelCard]:
    return lambda: mlm.read_mlm(data, card_path, path, signature)


def _emd_reader(emd_path: Path, path: Path, signature: Signature) -> Callable[[], ModelCard]:
    return lambda: esri.read_emd(read_json_object(emd_path), emd_path, path, signature)


def _emd_files(path: Path) -> list[Path]:
    """Return the Esri definitions in the model's folder that name it."""
    found = []
    for emd_path in sorted(path.parent.glob("*.emd"))[:_MOST_NEIGHBOURS]:
        try:
            data = read_json_object(emd_path)
            is_its = esri.is_emd(data) and esri.emd_model_path(data, emd_path).resolve() == path.resolve()
        except (ModelError, OSError):
            continue
        if is_its:
            found.append(emd_path)
    return found


def _unknown(path: Path) -> str:
    return f"{path.name} is no known form of model description and was not used."
