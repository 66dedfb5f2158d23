"""What all models are trained with: the loop, calibration, and the way into ONNX and its card."""
