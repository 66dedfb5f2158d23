"""Sizes of tensors that a file declares: weights that are all there, and nothing that no computer could hold."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ..errors import ModelError

_LARGEST_INPUT_DIM = 65536
_LARGEST_CALL_BYTES = 4 << 30
"""all inputs and outputs of one call together, as far as their sizes are fixed"""
_LARGEST_CONSTANT_ELEMENTS = 1 << 30
_LARGEST_SCALE = 4096.0
_LARGEST_PAD_PX = 65536

# bits of one element, by the numbers of onnx.TensorProto.DataType; text has no fixed size
_BITS = {
    1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64, 14: 64, 15: 128, 16: 16,
    17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4, 23: 4, 24: 8, 25: 2, 26: 2,
}  # fmt: skip
# the field that holds the values when they are not raw, and how many of its entries make one value
_TYPED = {
    1: ("float_data", 1), 2: ("int32_data", 1), 3: ("int32_data", 1), 4: ("int32_data", 1), 5: ("int32_data", 1),
    6: ("int32_data", 1), 7: ("int64_data", 1), 8: ("string_data", 1), 9: ("int32_data", 1), 10: ("int32_data", 1),
    11: ("double_data", 1), 12: ("uint64_data", 1), 13: ("uint64_data", 1), 14: ("float_data", 2),
    15: ("double_data", 2), 16: ("int32_data", 1), 17: ("int32_data", 1), 18: ("int32_data", 1),
    19: ("int32_data", 1), 20: ("int32_data", 1),
}  # fmt: skip


def shorten(text: str) -> str:
    """Return a name from a stranger's file as it may stand in a message: on one line, not too long."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:80]) + ("…" if len(text) > 80 else "")


def check_tensor_sizes(inputs: Iterable[Any], outputs: Iterable[Any], path: Path) -> None:
    """Check the declared shapes of a graph's inputs and outputs (onnx.ValueInfoProto).

    Raises ModelError when one call would need more memory than any machine spares, or a dimension is absurd.
    """
    total = 0
    for value, is_input in [*((value, True) for value in inputs), *((value, False) for value in outputs)]:
        tensor = value.type.tensor_type
        sizes = [dim.dim_value for dim in tensor.shape.dim if dim.dim_value > 0]
        if is_input and max(sizes, default=0) > _LARGEST_INPUT_DIM:
            raise ModelError(
                f"{path.name} declares an input '{shorten(value.name)}' of {_describe(tensor)}; expected at most "
                f"{_LARGEST_INPUT_DIM} in each dimension. Export the model with smaller tiles, bands or batch."
            )
        total += math.prod(sizes) * _BITS.get(tensor.elem_type, 32) // 8
        if total > _LARGEST_CALL_BYTES:
            raise ModelError(
                f"{path.name} declares '{shorten(value.name)}' of {_describe(tensor)}, {total / (1 << 30):,.0f} GiB "
                f"for one call of the model; expected at most {_LARGEST_CALL_BYTES >> 30} GiB. Export it with smaller "
                "tiles or a smaller batch."
            )


def _describe(tensor: Any) -> str:
    return " × ".join(str(dim.dim_value) if dim.dim_value > 0 else "?" for dim in list(tensor.shape.dim)[:8])


def weight_bytes(tensor: Any, path: Path) -> int | None:
    """Return how many bytes the values of a tensor (onnx.TensorProto) take, None for text and unknown types.

    Raises ModelError for negative dimensions.
    """
    if any(size < 0 for size in tensor.dims):
        raise ModelError(
            f"{path.name} gives the weights '{shorten(tensor.name)}' a negative size: the file is damaged or made "
            "wrongly. Export the model again."
        )
    bits = _BITS.get(tensor.data_type)
    return None if bits is None else (math.prod(tensor.dims) * bits + 7) // 8


def check_weight(tensor: Any, path: Path) -> None:
    """Check that a tensor (onnx.TensorProto) holds as many values as its shape says.

    Raises ModelError when values are missing or left over.
    """
    needed = weight_bytes(tensor, path)
    unit = "bytes"
    if tensor.HasField("raw_data"):
        found, expected = len(tensor.raw_data), needed
    elif tensor.data_type in _TYPED:
        field, entries = _TYPED[tensor.data_type]
        found, expected = len(getattr(tensor, field)), math.prod(tensor.dims) * entries
        unit = "values"
    else:
        return
    if expected is not None and found != expected:
        raise ModelError(
            f"{path.name} holds {found} of the {expected} {unit} of the weights '{shorten(tensor.name)}': they were "
            "left out or cut off. Export the model again with its weights."
        )


def check_constant_sizes(nodes: Sequence[Any], tensors: Iterable[Any], path: Path) -> None:
    """Refuse operators that make a gigantic tensor out of a few constants: those would exhaust the memory at once.

    Sizes that are only computed during a run can't be known here. Raises ModelError.
    """
    makers = [node for node in nodes if node.op_type in _SIZE_CHECKS]
    if not makers:
        return
    constants = named_constants(nodes, tensors)
    for node in makers:
        for place, is_absurd in _SIZE_CHECKS[node.op_type]:
            name = node.input[place] if place < len(node.input) else ""
            values = small_values(constants[name]) if name in constants else []
            if values and is_absurd(values):
                raise ModelError(
                    f"{path.name} makes a tensor of an absurd size with its operator '{node.op_type}' "
                    f"({', '.join(f'{value:g}' for value in values[:8])}): it is damaged or made to do harm."
                )


def named_constants(nodes: Iterable[Any], tensors: Iterable[Any]) -> dict[str, Any]:
    """Return the tensors (onnx.TensorProto) of a graph that are known before a run, by name."""
    constants = {tensor.name: tensor for tensor in tensors}
    for node in nodes:
        if node.op_type == "Constant" and node.output:
            constants.update((node.output[0], item.t) for item in node.attribute if item.name == "value")
    return constants


def _is_too_many(values: Sequence[float]) -> bool:
    return math.prod(abs(value) or 1 for value in values) > _LARGEST_CONSTANT_ELEMENTS


def _is_too_large_scale(values: Sequence[float]) -> bool:
    return any(not math.isfinite(value) or value > _LARGEST_SCALE for value in values)


def _is_too_large_pad(values: Sequence[float]) -> bool:
    return any(abs(value) > _LARGEST_PAD_PX for value in values)


_SIZE_CHECKS = {
    "ConstantOfShape": [(0, _is_too_many)],
    "Expand": [(1, _is_too_many)],
    "Tile": [(1, _is_too_many)],
    "Upsample": [(1, _is_too_large_scale)],
    "Resize": [(1, _is_too_large_scale), (2, _is_too_large_scale), (3, _is_too_many)],
    "Pad": [(1, _is_too_large_pad)],
}


def small_values(tensor: Any) -> list[float]:
    """Return the values of a short constant; none for a long one, another type, or one kept in another file."""
    import onnx  # noqa: PLC0415  (lazy: the toolbox must list its algorithms without it)

    if tensor.data_type not in (1, 6, 7, 9, 11) or len(tensor.external_data) or not 0 < math.prod(tensor.dims) <= 64:
        return []
    return [float(value) for value in onnx.numpy_helper.to_array(tensor).ravel()]
