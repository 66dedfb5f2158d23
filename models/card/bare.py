"""What can be said of an ONNX file that nobody described: tensors and the operators at its ends, no more."""

from __future__ import annotations

from pathlib import Path

from ..errors import ModelError
from ..runtime.signature import Signature, TensorInfo
from . import tensors
from .types import InputSpec, ModelCard


def read_bare(onnx_path: Path, signature: Signature, problems: tuple[str, ...] = ()) -> ModelCard:
    """Build the card of a model without description: one image in, one class map out, values fed as they are.

    A model that gives scores of whole images is taken as one that classifies scenes. Everything that had to be assumed
    is listed in ``problems``. Raises ModelError when the shapes are not those of a model that maps an image, or the
    bands of a pixel, to classes.
    """
    if len(signature.inputs) != 1:
        names = ", ".join(tensor.name for tensor in signature.inputs)
        raise ModelError(
            f"{onnx_path.name} has {len(signature.inputs)} inputs ({names}) and no description of them: "
            f"put a STAC MLM item beside it as {onnx_path.stem}.json ('Describe model' writes one)."
        )
    image = tensors.image_input(signature.inputs[0])
    tensor = tensors.main_output(signature)
    is_scene = _gives_scene_scores(tensor, image)
    dims = "BK"[: len(tensor.shape)] if is_scene and len(tensor.shape) < 3 else None
    is_multi_label = is_scene and tensor.made_by == "Sigmoid" and tensor.shape[-1:] != (1,)
    output = tensors.map_output(tensor, image, dims=dims, multi_label=is_multi_label)
    assumed = [
        *problems,
        f"No description was found beside {onnx_path.name}: pixel values are fed as they are stored, bands in the "
        "order of the raster or of BANDS, and classes have no names.",
    ]
    if "N" in image.dims:
        assumed.append(f"The input '{image.name}' has no height and width; it is taken as a table with a pixel a row.")
    if output.activation is None and not output.holds_numbers:
        assumed.append(
            f"Nothing says whether the output '{tensor.name}' (made by {tensor.made_by or 'an unknown operator'}) "
            "holds probabilities; it is read as raw scores (logits)."
        )
    if is_scene:
        assumed.append(f"The output '{tensor.name}' has no height and width; the model is taken to classify scenes.")
    if is_multi_label:
        assumed.append(f"The output '{tensor.name}' ends in a Sigmoid; its classes are taken as labels for themselves.")
    return ModelCard(
        name=onnx_path.stem,
        dialect="bare ONNX",
        model_path=onnx_path,
        task="classify" if is_scene else "segment",
        inputs=(image,),
        outputs=(output,),
        problems=tuple(assumed),
    )


def _gives_scene_scores(tensor: TensorInfo, image: InputSpec) -> bool:
    """Return True when an output holds numbers of whole images: a row an image, perhaps with axes of length 1 left."""
    if not {"H", "W"} <= set(image.dims):
        return False
    is_pooled = len(tensor.shape) == 4 and tensor.shape[2:] == (1, 1) and (image.size("H"), image.size("W")) != (1, 1)
    return len(tensor.shape) in (1, 2) or is_pooled
