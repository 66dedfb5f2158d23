"""What can be said of an ONNX file that nobody described: tensors and the operators at its ends, no more."""

from __future__ import annotations

from pathlib import Path

from ..errors import ModelError
from ..runtime.signature import Signature
from . import tensors
from .types import ModelCard


def read_bare(onnx_path: Path, signature: Signature, problems: tuple[str, ...] = ()) -> ModelCard:
    """Build the card of a model without description: one image in, one class map out, values fed as they are.

    Everything that had to be assumed is listed in ``problems``. Raises ModelError when the shapes are not those of a
    model that maps an image, or the bands of a pixel, to classes.
    """
    if len(signature.inputs) != 1:
        names = ", ".join(tensor.name for tensor in signature.inputs)
        raise ModelError(
            f"{onnx_path.name} has {len(signature.inputs)} inputs ({names}) and no description of them: "
            f"put a STAC MLM item beside it as {onnx_path.stem}.json ('Describe model' writes one)."
        )
    image = tensors.image_input(signature.inputs[0])
    tensor = tensors.main_output(signature)
    output = tensors.map_output(tensor, image)
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
    return ModelCard(
        name=onnx_path.stem,
        dialect="bare ONNX",
        model_path=onnx_path,
        task="segment",
        inputs=(image,),
        outputs=(output,),
        problems=tuple(assumed),
    )
