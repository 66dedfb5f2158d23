"""Networks of published architectures, written from their papers in PyTorch and made small; weights by chance.

Each module has ``export(path, …)``: it writes the ONNX file with its STAC MLM card beside it and returns the PyTorch
network itself, the reference that results are compared with. Needs torch; a test that imports it is skipped without.
"""
