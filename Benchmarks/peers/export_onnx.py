"""Exports the seed network for ONNX Runtime, any batch size, and checks that both compute the same.

Usage: export_onnx.py MODEL.onnx

Prints one JSON line: the file, its opset and the largest difference of the two outputs. The weights are random: speed
does not depend on them. The affine grid is written as the matrix product that it is, because exporters differ in
whether they know the operator.
"""
import argparse
import json
import warnings

import onnxruntime
import torch
import torch.nn.functional as F

from seed_network import SeedNetwork

SIZE = 32
OPSET = 20


class Exported(SeedNetwork):
    def __init__(self):
        super().__init__()
        identity = torch.tensor([[[1.0, 0, 0], [0, 1, 0]]])
        base = torch.cat([F.affine_grid(identity, [1, 3, SIZE, SIZE], align_corners=False).view(-1, 2),
                          torch.ones(SIZE * SIZE, 1)], 1)
        self.register_buffer("base", base)

    def transform(self, x):
        theta = self.fc_loc(self.localization(x).flatten(1)).view(-1, 2, 3)
        grid = (self.base @ theta.transpose(1, 2)).view(-1, SIZE, SIZE, 2)
        return F.grid_sample(x, grid, align_corners=False)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    path = parser.parse_args().model
    torch.manual_seed(0)
    network = Exported().eval()
    # Away from the identity, so that the check below also sees the grid.
    network.fc_loc[2].weight.data.uniform_(-0.05, 0.05)
    batch = torch.export.Dim("batch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(network, (torch.randn(2, 3, SIZE, SIZE),), path, dynamo=True, opset_version=OPSET,
                          dynamic_shapes={"x": {0: batch}}, external_data=False, verbose=False)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    x = torch.randn(7, 3, SIZE, SIZE)
    with torch.inference_mode():
        # PyTorch's own way, with affine_grid.
        expected = SeedNetwork.forward(_plain(network), x)
    found = torch.from_numpy(session.run(None, {session.get_inputs()[0].name: x.numpy()})[0])
    difference = (found - expected).abs().max().item()
    if not difference < 1e-4:
        raise SystemExit(f"export_onnx.py: ONNX Runtime differs from PyTorch by {difference}")
    print(json.dumps({"model": path, "opset": OPSET, "difference": difference}))


def _plain(network: Exported) -> SeedNetwork:
    plain = SeedNetwork().eval()
    plain.load_state_dict(network.state_dict(), strict=False)
    return plain


if __name__ == "__main__":
    main()
