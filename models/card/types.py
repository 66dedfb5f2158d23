"""What a model is: immutable descriptions, independent of the file they were read from."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Task = Literal["classify", "segment", "change", "clouds"]
Role = Literal["image", "before", "after", "before+after", "series", "sar", "dates", "latlon", "gsd", "wavelengths"]
OutputRole = Literal[
    "classes", "change", "before_classes", "after_classes", "image", "variance", "logvariance", "scores"
]
Activation = Literal["softmax", "sigmoid", "none"]
RadarUnit = Literal["", "db", "power"]
ScalingType = Literal["min-max", "z-score", "clip", "clip-min", "clip-max", "offset", "scale"]


@dataclass(frozen=True)
class Scaling:
    """One STAC MLM ``value_scaling`` entry: how the model's values are made from a band's values.

    The parameters that a type needs (MLM 1.5):
    ``min-max``, ``clip``: minimum, maximum; ``clip-min``: minimum; ``clip-max``: maximum;
    ``z-score``: mean, stddev; ``offset``, ``scale``: value (data - value, data / value).
    """

    type: ScalingType
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    stddev: float | None = None
    value: float | None = None


@dataclass(frozen=True)
class BandSpec:
    """One band that a model takes, as far as its card says."""

    name: str
    """the card's own name: ``B04``, ``red``, ``VV``"""
    common_name: str = ""
    """STAC common name, such as ``red`` or ``nir08``"""
    wavelength_um: float | None = None
    """centre wavelength, micrometres"""
    number: int | None = None
    """position in the raster, from 1, for cards that count bands instead of naming them"""


@dataclass(frozen=True)
class ClassSpec:
    """One class: its number in the map, its name and its colour.

    ``value`` is the pixel value in the class raster. Channel *k* of a score output belongs to the *k*-th class.
    """

    value: int
    name: str
    color: str
    """``#rrggbb``"""
    description: str = ""
    threshold: float | None = None
    """smallest probability that counts as the class, where several may hold at once; None: the output's"""


@dataclass(frozen=True)
class TrainingFeatures:
    """Statistics of the images that a model was trained on, to tell images that are unlike them (`models.likeness`).

    Of windows of C bands, F = 4 C − 1 features each.
    """

    window_px: int
    """edge of a window, px of the model"""
    unit: tuple[float, ...]
    """(C) usual spread of each band, in scaled values"""
    dark: tuple[float, ...]
    """(C) scaled value of no light in each band"""
    mean: tuple[float, ...]
    """(F) means of the features"""
    whitening: tuple[float, ...]
    """(F (F + 1) / 2) lower triangle, row by row, of the matrix that makes features uncorrelated, of variance 1"""
    limit: float
    """length of whitened features that 99 % of windows keep, of training places that the statistics had not seen"""
    count: int
    """windows that the statistics are of"""


@dataclass(frozen=True)
class InputSpec:
    """One input tensor.

    ``dims`` holds one letter a dimension: B batch, C channel (band), T time, H height, W width, N pixel.
    ``shape`` has the same length; None is a dynamic size. ``scaling`` is empty (values are fed as they are), holds one
    entry for all bands, or one a band (None: that band as it is).
    """

    name: str
    dims: str
    shape: tuple[int | None, ...]
    dtype: str
    """numpy name of the tensor's element type, such as ``float32``"""
    role: Role = "image"
    bands: tuple[BandSpec, ...] = ()
    """the bands in the model's order; empty when the model does not say"""
    scaling: tuple[Scaling | None, ...] = ()
    reflectance: bool = False
    """True when the values before scaling are reflectances from 0 to 1, not stored integers"""
    radar_unit: RadarUnit = ""
    """what values of radar bands are before scaling: decibels or linear power; empty: as they are stored"""
    unit: str = ""
    """of a ``dates`` input: ``day_of_year``, or ``days`` since the first date"""
    resize: str = ""
    """the card's ``resize_type``: how images of another size were brought to the tile's; empty when it says nothing"""
    training_features: TrainingFeatures | None = None
    """statistics of the training images of one date; None when the card has none"""

    def size(self, dim: str) -> int | None:
        """Return the fixed size of dimension *dim*; None when it is dynamic or absent."""
        return self.shape[self.dims.index(dim)] if dim in self.dims else None

    @property
    def band_names(self) -> tuple[str, ...]:
        """Names of the bands in the model's order."""
        return tuple(band.name for band in self.bands)

    @property
    def channels(self) -> int | None:
        """Number of bands that the tensor takes; None when the model takes any."""
        return self.size("C") or (len(self.bands) or None)


@dataclass(frozen=True)
class OutputSpec:
    """One output tensor. ``dims`` as in `InputSpec`, with K for the class axis; empty when only a run can tell."""

    name: str
    dims: str
    shape: tuple[int | None, ...]
    dtype: str
    role: OutputRole = "classes"
    classes: tuple[ClassSpec, ...] = ()
    activation: Activation | None = None
    """what is still to be applied to get probabilities; None when nothing says"""
    threshold: float = 0.5
    """smallest probability that counts as the class, for one-score and multi-label outputs"""
    temperature: float = 1.0
    """logits are divided by it before the activation, so that probabilities are calibrated (Guo et al. 2017)"""
    multi_label: bool = False
    """True when several classes may hold at once, each with a probability of its own"""
    holds_numbers: bool = False
    """True when the tensor holds class numbers instead of scores"""
    scaling: tuple[Scaling | None, ...] = ()
    """undone to get the units of the input; empty: the scaling of the image input"""
    bands: tuple[str, ...] = ()
    """of an image: names of its bands, as the image input has them; empty: all bands of the input"""
    date: int | None = None
    """of an image made from several dates: which of them it shows, from 0, or from -1 backwards; None: nothing says"""


@dataclass(frozen=True)
class ModelCard:
    """All that is known about a model before it runs."""

    name: str
    dialect: str
    """where the description comes from: ``STAC MLM 1.5.0``, ``ukis-csmask``, ``bare ONNX``"""
    model_path: Path
    task: Task
    inputs: tuple[InputSpec, ...]
    outputs: tuple[OutputSpec, ...]
    card_path: Path | None = None
    gsd_m: float | None = None
    """ground sampling distance that the model was trained on, metres"""
    gsd_range_m: tuple[float, float] | None = None
    """smallest and largest pixel size, metres, of a model that was trained on several and takes rasters as they are"""
    tile_px: int | None = None
    """edge of the tiles that the model was trained on, for models that take any size"""
    halo_px: int | None = None
    fill: float = 0.0
    """value fed, after scaling, where the input has no data"""
    masked_clouds: bool = False
    """True when a model that removes clouds is to get pixels under known clouds as pixels without data"""
    description: str = ""
    licence: str = ""
    citation: str = ""
    training_data: str = ""
    version: str = ""
    checksum: str | None = None
    """SHA-256 of the model file that the card declares, lower-case hexadecimal"""
    problems: tuple[str, ...] = field(default=())
    """what the description leaves open, or where two sources contradict each other, one sentence each"""

    def input_with_role(self, role: Role) -> InputSpec | None:
        """Return the first input of the given role."""
        return next((spec for spec in self.inputs if spec.role == role), None)
