"""What the ONNX file itself says: tensors, metadata, and the operator that makes each output."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ModelError
from ..files import is_file
from .safety import LARGEST_FILE_BYTES, check_model

# numpy names of the tensor types that we can feed or read
_DTYPES = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 9: "bool", 10: "float16",
    11: "float64", 12: "uint32", 13: "uint64",
}  # fmt: skip
_SHAPE_ONLY = {"Transpose", "Reshape", "Squeeze", "Unsqueeze", "Identity", "Cast", "Flatten", "Slice", "Resize"}


@dataclass(frozen=True)
class TensorInfo:
    """Name, element type (numpy name) and shape (None: dynamic) of a graph input or output."""

    name: str
    dtype: str
    shape: tuple[int | None, ...]
    made_by: str = ""
    """operator that computes an output, looking through operators that only move values; empty for inputs"""


@dataclass(frozen=True)
class Signature:
    """The outside of an ONNX graph."""

    inputs: tuple[TensorInfo, ...]
    outputs: tuple[TensorInfo, ...]
    metadata: dict[str, str]


def read_signature(path: Path) -> Signature:
    """Read the outside of the ONNX graph in *path* without loading weights kept in other files.

    Raises ModelError when the file is missing, is not ONNX, is cut off, or is not safe to run (see `check_model`).
    """
    proto = read_proto(path)
    try:
        check_model(proto, path)
        signature = _signature(proto)
    except (UnicodeError, RecursionError):
        raise ModelError(
            f"{path.name} is damaged: its names are not text, or its parts are nested without end. Get it again."
        ) from None
    if not signature.inputs:
        raise ModelError(f"{path.name} takes no input, so there is nothing to run it on. Export the model again.")
    return signature


def read_proto(path: Path) -> Any:
    """Return the parsed file (onnx.ModelProto) without the weights kept in other files; nothing in it is checked yet.

    Raises ModelError when the file is missing, too large, is not ONNX, or is cut off.
    """
    try:
        import onnx  # noqa: PLC0415  (lazy: the toolbox must list its algorithms without it)
    except ImportError:
        raise ModelError(
            "The Python package 'onnx' is needed to read a model and is not installed: run 'make install' or "
            "'pip install onnx' for the Python of QGIS."
        ) from None
    try:
        if not is_file(path):
            raise ModelError(f"Expected an ONNX file at {path}, but there is none: check the path of MODEL.")
        size = path.stat().st_size
        if size > LARGEST_FILE_BYTES:
            raise ModelError(
                f"{path.name} has {size / (1 << 30):.1f} GiB; an ONNX file holds at most 2 GiB: export the model with "
                "its weights as external data."
            )
        proto = onnx.load_model_from_string(path.read_bytes())
    except OSError as error:
        raise ModelError(f"{path} can't be read: {error.strerror}.") from None
    except ModelError:
        raise
    except Exception:  # noqa: BLE001  (protobuf raises different types for the different builds)
        raise ModelError(
            f"{path.name} can't be read as ONNX: expected a complete .onnx file, found {size} bytes "
            "that are not one. Was the download or the export cut off?"
        ) from None
    if not proto.graph.node or not proto.graph.output:
        raise ModelError(f"{path.name} is not an ONNX model: it holds no network. Export the model again.")
    return proto


def _signature(proto: Any) -> Signature:
    weights = {tensor.name for tensor in proto.graph.initializer}
    makers = {name: node for node in proto.graph.node for name in node.output}
    return Signature(
        inputs=tuple(_tensor_info(value) for value in proto.graph.input if value.name not in weights),
        outputs=tuple(_tensor_info(value, _maker(value.name, makers)) for value in proto.graph.output),
        metadata={prop.key: prop.value for prop in proto.metadata_props},
    )


def _tensor_info(value, made_by: str = "") -> TensorInfo:  # type: ignore[no-untyped-def]  # protobuf has no types
    tensor = value.type.tensor_type
    dims = tensor.shape.dim if tensor.HasField("shape") else ()
    return TensorInfo(
        name=value.name,
        dtype=_DTYPES.get(tensor.elem_type, "unsupported"),
        shape=tuple(dim.dim_value if dim.dim_value > 0 else None for dim in dims),
        made_by=made_by,
    )


def _maker(name: str, makers: dict) -> str:  # type: ignore[type-arg]
    node = makers.get(name)
    for _ in range(len(makers)):
        if node is None:
            return ""
        if node.op_type not in _SHAPE_ONLY or not node.input:
            return str(node.op_type)
        node = makers.get(node.input[0])
    return ""
