"""Which axis of a tensor is what, from its shape and from what the card says."""

from __future__ import annotations

from ..errors import ModelError
from ..runtime.signature import Signature, TensorInfo
from .types import Activation, BandSpec, ClassSpec, InputSpec, OutputSpec, Role, Scaling

_SUPPORTED_RANKS = "B C H W or B H W C"
_MANY_CHANNELS = 512


def image_dims(tensor: TensorInfo, bands: int | None) -> str:
    """Return ``BCHW`` or ``BHWC`` for an image input; *bands* is the number of bands that the card names, if it does.

    Raises ModelError when the tensor is no image.
    """
    shape = tensor.shape
    if len(shape) != 4:
        raise ModelError(
            f"The model's input '{tensor.name}' has {len(shape)} dimensions {describe_shape(shape)}; "
            f"expected an image tensor of four, {_SUPPORTED_RANKS}."
        )
    first, last = shape[1], shape[3]
    if bands is not None:
        if first == bands != last or (first is None and last != bands):
            return "BCHW"
        if last == bands != first or (last is None and first != bands):
            return "BHWC"
    if first is not None and last is not None:
        return "BHWC" if last < first and last <= _MANY_CHANNELS else "BCHW"
    if last is not None and last <= 16:
        return "BHWC"  # a fixed last axis that is too small for a width, behind dynamic height and width
    return "BCHW"


def output_dims(tensor: TensorInfo, image: InputSpec) -> str:
    """Return the axes of a map output as far as shapes tell: ``BKHW``, ``BHWK`` or ``BHW``; empty when they don't."""
    shape = tensor.shape
    if len(shape) == 3:
        return "BHW"
    if len(shape) != 4:
        return ""
    height, width = image.size("H"), image.size("W")
    if height is not None:
        as_first, as_last = shape[2:] == (height, width), shape[1:3] == (height, width)
        if as_first != as_last:
            return "BKHW" if as_first else "BHWK"
    if (shape[1] is None) != (shape[3] is None):
        return "BHWK" if shape[1] is None else "BKHW"
    return "BKHW" if image.dims == "BCHW" else "BHWK"


def class_count(tensor: TensorInfo, dims: str) -> int | None:
    """Return the size of the class axis; None when it is dynamic or absent."""
    return tensor.shape[dims.index("K")] if "K" in dims else None


def activation_made(tensor: TensorInfo) -> Activation | None:
    """Return ``none`` when the graph itself ends in probabilities or class numbers; None when it does not say."""
    return "none" if tensor.made_by in ("Softmax", "Sigmoid", "HardSigmoid", "ArgMax") else None


def holds_class_numbers(tensor: TensorInfo, dims: str) -> bool:
    """Return True when an output holds class numbers rather than scores."""
    is_single = dims == "BHW" or class_count(tensor, dims) == 1
    return is_single and (tensor.made_by == "ArgMax" or not tensor.dtype.startswith("float"))


def image_input(
    tensor: TensorInfo,
    *,
    dims: str | None = None,
    role: Role = "image",
    bands: tuple[BandSpec, ...] = (),
    scaling: tuple[Scaling | None, ...] = (),
    reflectance: bool = False,
) -> InputSpec:
    """Build the description of an image input and check it against the tensor.

    Raises ModelError when the number of bands or of scalings does not fit.
    """
    dims = dims or image_dims(tensor, len(bands) or None)
    if len(dims) != len(tensor.shape):
        raise ModelError(
            f"The card gives the input '{tensor.name}' {len(dims)} dimensions ({dims}); the ONNX file has "
            f"{len(tensor.shape)} {describe_shape(tensor.shape)}. Correct the card's dim_order."
        )
    spec = InputSpec(tensor.name, dims, tensor.shape, tensor.dtype, role, bands, scaling, reflectance)
    fixed = spec.size("C")
    if bands and fixed is not None and fixed != len(bands):
        raise ModelError(
            f"The card names {len(bands)} bands ({', '.join(band.name for band in bands)}); the model's input '{tensor.name}' takes {fixed}. "
            "Correct the card."
        )
    channels = spec.channels
    if len(scaling) > 1 and channels is not None and channels != len(scaling):
        raise ModelError(
            f"The card gives {len(scaling)} value scalings for the {channels} bands of the input '{tensor.name}'; "
            "expected one for all, or one a band. Correct the card."
        )
    return spec


def map_output(
    tensor: TensorInfo,
    image: InputSpec,
    *,
    dims: str | None = None,
    classes: tuple[ClassSpec, ...] = (),
    activation: Activation | None = None,
    threshold: float = 0.5,
) -> OutputSpec:
    """Build the description of a class-map output and check it against the tensor.

    Raises ModelError when the number of classes does not fit the class axis.
    """
    dims = dims or output_dims(tensor, image)
    count = class_count(tensor, dims) if len(dims) == len(tensor.shape) else None
    is_binary = count == 1 and len(classes) in (1, 2)
    is_mismatch = classes and count is not None and count != len(classes) and not is_binary
    if is_mismatch and not holds_class_numbers(tensor, dims):
        raise ModelError(
            f"The card lists {len(classes)} classes; the model's output '{tensor.name}' has {count} class scores. "
            "Correct the card's list of classes."
        )
    return OutputSpec(
        name=tensor.name,
        dims=dims,
        shape=tensor.shape,
        dtype=tensor.dtype,
        role="classes",
        classes=classes,
        activation=activation_made(tensor) or activation,
        threshold=threshold,
        holds_numbers=holds_class_numbers(tensor, dims),
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


def main_output(signature: Signature) -> TensorInfo:
    """Return the output that is the map: the only one, or the first with three or four dimensions."""
    maps = [tensor for tensor in signature.outputs if len(tensor.shape) in (3, 4)]
    return maps[0] if maps else signature.outputs[0]


def describe_shape(shape: tuple[int | None, ...]) -> str:
    """Return a shape as people write it, ``[?, 3, 256, 256]``."""
    return "[" + ", ".join("?" if size is None else str(size) for size in shape) + "]"
