"""Installs onnxruntime and onnx into the user's profile, beside QGIS and without touching what QGIS brings."""
