"""Makes or corrects the sidecar of a model: what is already known, changed where the user says so."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .card import stac
from .card.fields import read_json_object
from .card.mlm import mlm_name, read_mlm
from .card.read import read_card
from .card.roles import IMAGE_ROLES
from .card.training_features import KEY
from .card.types import ModelCard
from .card.write import differing_fields, item_text, make_item
from .catalog.entries import is_bundled, resolve_model
from .errors import ModelError, OutputError, SettingsError
from .model import file_sha256
from .raster.sensors import common_name
from .runtime.signature import Signature, read_signature

_OPTICAL_ROLES = tuple(role for role in IMAGE_ROLES if role != "sar")
_CLASS = re.compile(r"\s*(?:(\d{1,5})\s*[=:]\s*)?(.*?)\s*(#[0-9a-fA-F]{6})?\s*", re.DOTALL)


_AXES = {"B": "batch", "N": "batch", "T": "time", "C": "bands", "H": "height", "W": "width"}


@dataclass(frozen=True)
class Changes:
    """What to say about a model; None or empty: as it is known already."""

    name: str = ""
    description: str = ""
    task: str = ""
    roles: tuple[str, ...] = ()
    """one an input of the model, in its order"""
    axes: tuple[str, ...] = ()
    """one an input of the model, in its order, such as ``BTCHW`` and ``BT``; for models that nothing describes yet"""
    bands: tuple[str, ...] = ()
    """of the first image input"""
    common_names: tuple[str, ...] = ()
    """STAC common names of the bands of the first image input, one each; empty ones: not known"""
    scaling: str = ""
    """JSON in the form of ``value_scaling``, for the first image input"""
    classes: str = ""
    """JSON, or ``0=water #0000ff, 1=land``"""
    activation: str = ""
    threshold: float | None = None
    gsd_m: float | None = None
    tile_px: int | None = None
    halo_px: int | None = None
    fill: float | None = None
    licence: str = ""
    citation: str = ""
    training_data: str = ""
    temperature: float | None = None
    """scores are divided by it before the activation"""
    forget: tuple[str, ...] = ()
    """names of fields above that are to say nothing from now on; of `FORGETTABLE`"""


FORGETTABLE = {
    "description": ("description",), "gsd_m": ("geonnx:gsd_m",), "tile_px": ("geonnx:tile_px",),
    "halo_px": ("geonnx:halo_px",), "fill": ("geonnx:fill",), "licence": ("geonnx:licence", "license"),
    "citation": ("sci:citation",), "training_data": ("geonnx:training_data",),
}  # fmt: skip
"""what `Changes.forget` may name, and the properties that hold it"""
_COMMON_NAME_KEYS = ("common_name", "eo:common_name", "geonnx:common_name")


@dataclass(frozen=True)
class Described:
    """A sidecar that was written: its file, its JSON, and the card that it gives."""

    path: Path
    item: dict[str, Any]
    card: ModelCard


def describe(
    model: str | Path,
    changes: Changes,
    output: str | Path | None = None,
    *,
    overwrite: bool = False,
    check: Callable[[dict[str, Any]], None] | None = None,
) -> Described:
    """Write the STAC MLM sidecar of *model* to *output*, by default beside it, after reading it back.

    *check* raises for an item that must not be written.
    Raises SettingsError for changes that can't be understood, ModelError when they do not fit the model, OutputError
    when the file is there and *overwrite* is not set, is that of a bundled model, or can't be written.
    """
    model = resolve_model(model)
    card, signature, is_guess = _start(model, changes)
    path = _output_path(model, card, output)
    if is_bundled(path):
        raise OutputError(
            f"{path} lies among the models that come with the plugin, which are not changed: name an OUTPUT in a "
            "folder of yours, or copy the model there and name the copy as MODEL."
        )
    if path.exists() and not overwrite:
        raise OutputError(f"{path} is there already: set OVERWRITE to replace it, or name another OUTPUT.")
    sha256, size = file_sha256(card.model_path), card.model_path.stat().st_size
    older = _older_item(path, card)
    item = make_item(card, path, sha256=sha256, size=size, older=older)
    if changes.training_data not in ("", card.training_data) or "training_data" in changes.forget:
        older, item = _without_data_links(older or {}), _without_data_links(item)
    _apply(item["properties"], changes, is_guess=is_guess)
    card = read_mlm(item, path, card.model_path, signature)
    item = make_item(card, path, sha256=sha256, size=size, older=older)
    read_back = read_mlm(json.loads(item_text(item)), path, card.model_path, signature)
    lost = differing_fields(card, read_back)
    if lost:
        raise ModelError(
            f"The description of {card.name} can't be written: {', '.join(lost)} would not be read back as given. Are "
            "two bands of the same name described differently?"
        )
    if check is not None:
        check(item)
    _write(path, item_text(item))
    return Described(path, item, read_back)


def _start(model: str | Path, changes: Changes) -> tuple[ModelCard, Signature, bool]:
    """Return what is known of a model, its tensors, and whether their axes are only guessed from shapes."""
    try:
        card = read_card(model)
    except ModelError:
        draft = _draft(Path(str(model).strip()).expanduser(), changes)
        if draft is None:
            raise
        return (*draft, True)
    return card, read_signature(card.model_path), card.dialect == "bare ONNX"


def _draft(path: Path, changes: Changes) -> tuple[ModelCard, Signature] | None:
    """Return the card of a model of which only names, shapes and the user's axes and roles are known, or None.

    A model with one input and no axes is none: its shapes say all there is.
    """
    if path.suffix.lower() != ".onnx" or path.with_suffix(".json").is_file():
        return None
    signature = read_signature(path)
    if len(signature.inputs) < 2 and not changes.axes:
        return None
    for given, name in ((changes.axes, "AXES"), (changes.roles, "ROLES")):
        if given and len(given) != len(signature.inputs):
            names = ", ".join(tensor.name for tensor in signature.inputs)
            raise SettingsError(
                f"{name} has {len(given)} entries; the model has {len(signature.inputs)} inputs ({names}): give one "
                "for each."
            )
    inputs: list[dict[str, Any]] = [{"name": tensor.name} for tensor in signature.inputs]
    for entry, axes in zip(inputs, changes.axes):
        entry["input"] = {"dim_order": _dim_order(axes)}
    for entry, role in zip(inputs, changes.roles):
        entry["geonnx:role"] = role
    properties = {
        "geonnx:task": "segment",
        "mlm:input": inputs,
        "mlm:output": [{"name": tensor.name} for tensor in signature.outputs],
    }
    return read_mlm({"properties": properties}, path, path, signature), signature


def _dim_order(axes: str) -> list[str]:
    unknown = [letter for letter in axes.upper() if letter not in _AXES]
    if unknown or not axes:
        raise SettingsError(
            f"AXES has '{axes}'; expected the letters {', '.join(f'{key} ({name})' for key, name in _AXES.items())}, "
            "one for each dimension of the input, such as BCHW or BTCHW."
        )
    return [_AXES[letter] for letter in axes.upper()]


def _output_path(model: str | Path, card: ModelCard, output: str | Path | None) -> Path:
    if output:
        path = Path(output).expanduser()
        if path.suffix.lower() != ".json":
            raise OutputError(f"OUTPUT should be a .json file; found '{path}'.")
        return path
    if str(model).strip().lower().endswith(".dlpk"):
        raise OutputError(
            "The model of a .dlpk lies in a cache, which is no place for a description: copy its .onnx file to a "
            "folder of yours and name that as MODEL, or name OUTPUT."
        )
    return card.model_path.with_suffix(".json")


def _older_item(path: Path, card: ModelCard) -> dict[str, Any] | None:
    """Return the MLM item from which what the card has no field for is kept: the one that is replaced or corrected."""
    for place in (path, card.card_path):
        if place is None or place.suffix.lower() != ".json" or not place.is_file():
            continue
        try:
            data = read_json_object(place)
        except ModelError:
            continue
        if stac.is_mlm(data) and data.get("type") == "Feature":
            return data
    return None


def _without_data_links(item: dict[str, Any]) -> dict[str, Any]:
    """Return an item without its links to training data, which is said anew."""
    return {**item, "links": [link for link in stac.links(item) if link.get("rel") != "derived_from"]}


def _apply(properties: dict[str, Any], changes: Changes, *, is_guess: bool) -> None:
    """Change the properties of an item; whether the result fits the model is found out by reading it.

    Where the order of axes *is_guess*ed, the number of bands may tell which axis is theirs.
    """
    if changes.task:
        properties["geonnx:task"] = changes.task
        for entry in properties["mlm:output"]:
            del entry["geonnx:role"]
    _apply_roles(properties["mlm:input"], changes.roles)
    _apply_to_input(properties, changes, is_guess)
    _apply_to_output(properties["mlm:output"][0], changes)
    plain = {
        "mlm:name": mlm_name(changes.name) if changes.name else None,
        "title": changes.name,
        "description": changes.description,
        "geonnx:licence": changes.licence,
        "sci:citation": changes.citation,
        "geonnx:training_data": changes.training_data,
        "geonnx:gsd_m": changes.gsd_m,
        "geonnx:tile_px": changes.tile_px,
        "geonnx:halo_px": changes.halo_px,
        "geonnx:fill": changes.fill,
    }
    properties.update({key: value for key, value in plain.items() if value not in (None, "")})
    for name in changes.forget:
        if name not in FORGETTABLE:
            raise SettingsError(f"'{name}' can't be left open; expected one of {', '.join(FORGETTABLE)}.")
        for key in FORGETTABLE[name]:
            properties.pop(key, None)


def _apply_to_input(properties: dict[str, Any], changes: Changes, is_guess: bool) -> None:
    inputs = properties["mlm:input"]
    image = next((entry for entry in inputs if entry.get("geonnx:role") in _OPTICAL_ROLES), inputs[0])
    before = image["bands"], image["value_scaling"]
    if changes.bands:
        image["bands"] = list(changes.bands)
        if is_guess:
            del image["input"]["dim_order"]
    if changes.scaling.strip():
        image["value_scaling"] = read_json(changes.scaling, "SCALING")
    if (image["bands"], image["value_scaling"]) != before:
        # what the network saw in training was measured with the bands and the scaling of then
        image.pop(KEY, None)
    if changes.common_names:
        _apply_common_names(properties, image["bands"], changes.common_names)


def _apply_common_names(properties: dict[str, Any], bands: list[str], common_names: tuple[str, ...]) -> None:
    if not bands:
        raise SettingsError("Common names belong to bands, and the model names none: say BANDS as well.")
    if len(common_names) != len(bands):
        raise SettingsError(
            f"There are {len(common_names)} common names for {len(bands)} bands: give one for each, empty for a band "
            "without."
        )
    listed = properties.setdefault("bands", [])
    known = {entry["name"]: entry for entry in listed}
    for name, common in zip(bands, common_names):
        if name not in known:
            known[name] = {"name": name}
            listed.append(known[name])
        for key in _COMMON_NAME_KEYS:
            known[name].pop(key, None)
        if common:
            known[name]["geonnx:common_name"] = common_name(common) or common


def _apply_to_output(output: dict[str, Any], changes: Changes) -> None:
    if changes.classes.strip():
        output["classification:classes"] = read_class_text(changes.classes)
    if changes.activation:
        output["geonnx:activation"] = changes.activation
    if changes.threshold is not None:
        output["geonnx:threshold"] = changes.threshold
    if changes.temperature is not None:
        output["geonnx:temperature"] = changes.temperature


def _apply_roles(inputs: list[dict[str, Any]], roles: tuple[str, ...]) -> None:
    if not roles:
        return
    if len(roles) != len(inputs):
        names = ", ".join(entry["name"] for entry in inputs)
        raise SettingsError(f"ROLES names {len(roles)} roles; the model has {len(inputs)} inputs: {names}.")
    for entry, role in zip(inputs, roles):
        entry["geonnx:role"] = role


def read_json(text: str, what: str) -> Any:
    """Return the value of a JSON text; raise SettingsError when it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{what} should be JSON; found {text!r:.120} ({error}).") from None


def read_class_text(text: str) -> list[dict[str, Any]]:
    """Return a class list from JSON (a list, or numbers and names), or from ``0=water #0000ff, 1=land``.

    Raises SettingsError when it is neither.
    """
    if text.lstrip()[:1] in ("[", "{"):
        value = read_json(text, "CLASSES")
        if isinstance(value, dict):
            value = [{"value": _class_value(key), "name": str(name)} for key, name in value.items()]
        return [item if isinstance(item, dict) else {"name": str(item)} for item in value]
    found: list[dict[str, Any]] = []
    for part in re.split(r"[,;\n]", text):
        match = _CLASS.fullmatch(part)
        if not part.strip():
            continue
        if match is None or not match.group(2):
            raise SettingsError(f"CLASSES should read like '0=water #0000ff, 1=land'; found {part.strip()!r:.80}.")
        number, name, color = match.groups()
        if "=" in name or "#" in name:
            raise SettingsError(f"CLASSES should read like '0=water #0000ff, 1=land'; found {part.strip()!r:.80}.")
        found.append({"value": len(found) if number is None else int(number), "name": name, "color_hint": color})
    return found


def _class_value(key: str) -> int:
    if not key.strip().isdecimal() or len(key) > 9:
        raise SettingsError(f"CLASSES should have numbers as keys; found {key!r:.80}.")
    return int(key)


def _write(path: Path, text: str) -> None:
    """Write a file so that it is either the old one or complete."""
    staged: Path | None = None
    try:
        with tempfile.NamedTemporaryFile("wb", dir=path.parent, prefix=".geonnx-", delete=False) as file:
            staged = Path(file.name)
            file.write(text.encode())
        staged.chmod(0o644)
        staged.replace(path)
        staged = None
    except UnicodeEncodeError:
        raise OutputError("The description holds characters that are no Unicode text: mend them.") from None
    except OSError as error:
        raise OutputError(f"The description {path} can't be written: {error.strerror}.") from None
    finally:
        if staged is not None:
            staged.unlink(missing_ok=True)
