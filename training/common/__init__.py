"""What all models are trained with: the loop, calibration, and the way into ONNX and its card.

Whoever imports this can import the plugin as ``geonnx`` too.
"""

from .package import load_package

load_package()
