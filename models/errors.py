"""One root error and one small subclass for each thing that can be at fault.

Every message is a sentence for the person who runs the tool: what was expected, what was found, what to do.
"""


class GeonnxError(Exception):
    """Root of all errors that this package raises on purpose."""


class ModelError(GeonnxError):
    """The model file or its card can't be used."""


class RasterError(GeonnxError):
    """An input raster or mask can't be used."""


class DeviceError(GeonnxError):
    """The requested device, or onnxruntime itself, is not available."""


class OutputError(GeonnxError):
    """A result can't be written."""


class SettingsError(GeonnxError):
    """A setting of the run is out of range or does not fit the model."""


class Cancelled(GeonnxError):
    """The user stopped the run; nothing was kept."""

    def __init__(self) -> None:
        super().__init__("The run was cancelled; nothing was written.")
