"""Which axis of a tensor is what, from its shape and from what the card says."""

from __future__ import annotations

from ..errors import ModelError
from ..runtime.signature import Signature, TensorInfo
from .roles import IMAGE_ROLES
from .types import (
    Activation,
    BandSpec,
    ClassSpec,
    InputSpec,
    OutputRole,
    OutputSpec,
    RadarUnit,
    Role,
    Scaling,
)

_MANY_CHANNELS = 512
PICTURE_ROLES = ("image", "variance", "logvariance")
"""outputs with pixels instead of class scores: their channels are bands"""

_GIVES_PROBABILITIES = (
    "Softmax", "Sigmoid", "HardSigmoid", "ArgMax",
    "TreeEnsembleClassifier", "LinearClassifier", "SVMClassifier", "Normalizer",  # classifiers of ai.onnx.ml
)  # fmt: skip


def image_dims(tensor: TensorInfo, bands: int | None) -> str:
    """Return the axes of an image input; *bands* is the number of bands that the card names, if it does.

    Four dimensions are ``BCHW`` or ``BHWC``, two a table with a pixel a row (``NC``). Three and five are only clear
    when the number of bands fits one of them. Raises ModelError when the tensor may be several things.
    """
    shape = tensor.shape
    if len(shape) == 4:
        return _picture_dims(shape, bands)
    if len(shape) == 2:
        return "NC"
    orders = {3: ("CHW", "HWC", "NTC"), 5: ("BTCHW", "BCTHW", "BTHWC")}.get(len(shape), ())
    fitting = [order for order in orders if bands is not None and shape[order.index("C")] == bands]
    if len(fitting) == 1:
        return fitting[0]
    raise ModelError(
        f"The model's input '{tensor.name}' has {len(shape)} dimensions {describe_shape(shape)}, and nothing says what "
        "they are; expected an image tensor of four, B C H W or B H W C: describe the others by dim_order in the card."
    )


def _picture_dims(shape: tuple[int | None, ...], bands: int | None) -> str:
    first, last = shape[1], shape[3]
    if bands is not None:
        if first == bands != last or (first is None and last != bands):
            return "BCHW"
        if last == bands != first:
            return "BHWC"
    if first is not None and last is not None:
        return "BHWC" if last < first and last <= _MANY_CHANNELS else "BCHW"
    if last is not None and last <= 16:
        return "BHWC"  # a fixed last axis that is too small for a width, behind dynamic height and width
    return "BCHW"


def output_dims(tensor: TensorInfo, image: InputSpec, role: OutputRole = "classes") -> str:
    """Return the axes of an output as far as shapes tell; empty when they don't.

    Maps are ``BKHW``, ``BHWK`` or ``BHW``, scores of whole images ``BK``; for a pixel table ``NK`` or ``N``.
    """
    shape = tensor.shape
    rows = "N" if "N" in image.dims else "B"
    channel = "C" if role in PICTURE_ROLES else "K"
    if len(shape) in (1, 2):
        return rows + channel * (len(shape) - 1)
    if len(shape) == 3:
        return "BHW"
    if len(shape) != 4:
        return ""
    height, width = image.size("H"), image.size("W")
    as_first, as_last = f"B{channel}HW", f"BHW{channel}"
    if height is not None:
        fits_first, fits_last = shape[2:] == (height, width), shape[1:3] == (height, width)
        if fits_first != fits_last:
            return as_first if fits_first else as_last
    if (shape[1] is None) != (shape[3] is None):
        return as_last if shape[1] is None else as_first
    return as_last if image.dims.endswith("HWC") else as_first


def class_count(tensor: TensorInfo, dims: str) -> int | None:
    """Return the size of the class axis; None when it is dynamic or absent."""
    return tensor.shape[dims.index("K")] if "K" in dims else None


def activation_made(tensor: TensorInfo) -> Activation | None:
    """Return ``none`` when the graph itself ends in probabilities or class numbers; None when it does not say."""
    return "none" if tensor.made_by in _GIVES_PROBABILITIES else None


def holds_class_numbers(tensor: TensorInfo, dims: str) -> bool:
    """Return True when an output holds class numbers rather than scores."""
    is_single = bool(dims) and ("K" not in dims or class_count(tensor, dims) == 1)
    return is_single and (tensor.made_by == "ArgMax" or not tensor.dtype.startswith("float"))


def image_input(
    tensor: TensorInfo,
    *,
    dims: str | None = None,
    role: Role = "image",
    bands: tuple[BandSpec, ...] = (),
    scaling: tuple[Scaling | None, ...] = (),
    reflectance: bool = False,
    radar_unit: RadarUnit = "",
    resize: str = "",
    unit: str = "",
) -> InputSpec:
    """Build the description of an input, of an image or of a few numbers, and check it against the tensor.

    Raises ModelError when the number of dimensions, bands or scalings does not fit.
    """
    is_image = role in IMAGE_ROLES
    if not dims:
        dims = image_dims(tensor, len(bands) or None) if is_image else _number_dims(tensor)
    if len(dims) != len(tensor.shape):
        raise ModelError(
            f"The card gives the input '{tensor.name}' {len(dims)} dimensions ({dims}); the ONNX file has "
            f"{len(tensor.shape)} {describe_shape(tensor.shape)}. Correct the card's dim_order."
        )
    spec = InputSpec(
        tensor.name, dims, tensor.shape, tensor.dtype, role, bands, scaling, reflectance, radar_unit, unit, resize
    )
    if is_image:
        _check_counts(spec)
    return spec


def _number_dims(tensor: TensorInfo) -> str:
    return "BTC"[: len(tensor.shape)] if len(tensor.shape) == 3 else "BC"[: len(tensor.shape)]


def _check_counts(spec: InputSpec) -> None:
    """Check bands and scalings against the channels; two dates, or all of a series, may share the channel axis."""
    fixed, bands = spec.size("C"), len(spec.bands)
    is_stacked = "T" not in spec.dims
    allowed = {bands}
    if spec.role == "before+after" and is_stacked:
        allowed.add(2 * bands)
    if spec.role in ("series", "sar") and is_stacked and fixed and bands and fixed % bands == 0:
        allowed.add(fixed)
    if bands and fixed is not None and fixed not in allowed:
        raise ModelError(
            f"The card names {bands} bands ({', '.join(spec.band_names)}); the model's input '{spec.name}' takes "
            f"{fixed}. Correct the card."
        )
    channels = spec.channels
    if len(spec.scaling) > 1 and channels is not None and len(spec.scaling) not in {channels, bands or channels}:
        raise ModelError(
            f"The card gives {len(spec.scaling)} value scalings for the {channels} bands of the input '{spec.name}'; "
            "expected one for all, or one a band. Correct the card."
        )


def map_output(
    tensor: TensorInfo,
    image: InputSpec,
    *,
    dims: str | None = None,
    role: OutputRole = "classes",
    classes: tuple[ClassSpec, ...] = (),
    activation: Activation | None = None,
    threshold: float = 0.5,
    temperature: float = 1.0,
    multi_label: bool = False,
    scaling: tuple[Scaling | None, ...] = (),
    bands: tuple[str, ...] = (),
    date: int | None = None,
) -> OutputSpec:
    """Build the description of an output and check it against the tensor.

    Raises ModelError when the number of classes does not fit the class axis.
    """
    dims = output_dims(tensor, image, role) if dims is None else dims
    count = class_count(tensor, dims) if len(dims) == len(tensor.shape) else None
    holds_numbers = role not in PICTURE_ROLES and holds_class_numbers(tensor, dims)
    is_binary = count == 1 and len(classes) in (1, 2)
    if classes and count is not None and count != len(classes) and not is_binary and not holds_numbers:
        raise ModelError(
            f"The card lists {len(classes)} classes; the model's output '{tensor.name}' has {count} class scores. "
            "Correct the card's list of classes."
        )
    return OutputSpec(
        name=tensor.name,
        dims=dims,
        shape=tensor.shape,
        dtype=tensor.dtype,
        role=role,
        classes=classes,
        activation=activation_made(tensor) or activation,
        threshold=threshold,
        temperature=temperature,
        multi_label=multi_label,
        holds_numbers=holds_numbers,
        scaling=scaling,
        bands=bands,
        date=date,
    )


def find_tensor(tensors: tuple[TensorInfo, ...], name: str, position: int, kind: str) -> TensorInfo:
    """Return the tensor of that name, else the one at that position; raise ModelError when there is none."""
    for tensor in tensors:
        if tensor.name == name:
            return tensor
    if position < len(tensors):
        return tensors[position]
    raise ModelError(
        f"The card describes {kind} number {position + 1} ('{name}'); the ONNX file has {len(tensors)} {kind}(s): "
        f"{', '.join(tensor.name for tensor in tensors)}. Correct the card."
    )


def only_input(signature: Signature, source: str) -> TensorInfo:
    """Return the one input of a model whose description knows no other kind; raise ModelError when it has several."""
    if len(signature.inputs) != 1:
        names = ", ".join(tensor.name for tensor in signature.inputs)
        raise ModelError(
            f"The model has {len(signature.inputs)} inputs ({names}); {source} describes models with one. Describe it "
            "by a STAC MLM item instead."
        )
    return signature.inputs[0]


def main_output(signature: Signature) -> TensorInfo:
    """Return the output that is the map: the only one, or the first with three or four dimensions."""
    maps = [tensor for tensor in signature.outputs if len(tensor.shape) in (3, 4)]
    return maps[0] if maps else signature.outputs[0]


def describe_shape(shape: tuple[int | None, ...]) -> str:
    """Return a shape as people write it, ``[?, 3, 256, 256]``."""
    return "[" + ", ".join("?" if size is None else str(size) for size in shape) + "]"
