import pytest, warnings
from ..architectures import exporting as ex, daudt, utae, utilise, resnet, tempcnn, sscd, dsen2cr
torch = ex.torch
def write_onnx(network, path, examples, inputs, outputs, *, dynamic):
    D = torch.export.Dim
    dims = {}
    shapes = []
    big = []
    for (name, d), e in zip(inputs.items(), examples):
        shapes.append({i: torch.export.Dim.DYNAMIC for i, a in enumerate(d) if a in dynamic})
        big.append(torch.cat([e, e], dim=0) if d[0] == "B" else e)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        class W(torch.nn.Module):
            pass
        kw = {"dynamic_shapes": tuple(shapes)}
        torch.onnx.export(network, tuple(big), str(path), input_names=list(inputs), output_names=list(outputs), dynamo=True, external_data=False, verbose=False, **kw)
for m in (daudt, utae, utilise, resnet, tempcnn, sscd, dsen2cr):
    m.write_onnx = write_onnx
from .test_published_change import *
from .test_published_scenes import *
from .test_published_clouds import *
