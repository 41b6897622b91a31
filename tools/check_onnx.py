"""Runs ONNX models with ONNX Runtime and compares their outputs with expected ones.

Usage: check_onnx.py [--tolerance 1e-5] FOLDER, or FILE.onnx FILE.safetensors. A folder is searched for models,
each with a .safetensors file of the same stem, as `stn export --outputs` writes it. That file holds the input `images`, as
floats or as bytes (of which a model takes 1/255), an entry for each output, and perhaps `labels`: then classes are compared too.
An error is the largest difference, in units of the largest expected value or of 1 if that is smaller. Prints a line a model;
exits with 1 when one is beyond the tolerance, misses an output, or is not valid by onnx.checker's full check.
Needs onnx, onnxruntime and safetensors: `Benchmarks/setup-peers.sh` makes such a Python.
"""
import argparse
import os
import sys

import numpy
import onnx
import onnxruntime
from safetensors.numpy import load_file


BATCH = 500


def run(model_path: str, images: numpy.ndarray) -> dict:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model_path, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    parts = [session.run(names, {"images": images[start:start + BATCH]}) for start in range(0, len(images), BATCH)]
    return {name: numpy.concatenate([part[place] for part in parts]) for place, name in enumerate(names)}


def error(actual: numpy.ndarray, expected: numpy.ndarray) -> float:
    if actual.shape != expected.shape or not numpy.isfinite(actual).all():
        return float("inf")
    return float(numpy.abs(actual - expected).max() / max(1.0, numpy.abs(expected).max()))


def softmax(logits: numpy.ndarray) -> numpy.ndarray:
    powers = numpy.exp(logits.astype(numpy.float64) - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def compare_classes(actual: numpy.ndarray, expected: numpy.ndarray, labels: numpy.ndarray, tolerance: float) -> bool:
    """Says how many images are put into another class; that may only be where the best two differ by a rounding."""
    ours, theirs = softmax(expected), softmax(actual)
    chosen, other = ours.argmax(axis=1), theirs.argmax(axis=1)
    differs = chosen != other
    places = numpy.arange(len(labels))
    ties = differs & (numpy.abs(ours[places, chosen] - ours[places, other]) <= tolerance)
    worst = numpy.abs(ours - theirs).max()
    print(f"     {len(labels)} images: same class for {(~differs).sum()}, ties {ties.sum()}, others {(differs & ~ties).sum()}; "
          f"largest difference of a probability {worst:.1e}; right: stn {(chosen == labels).sum()}, "
          f"ONNX Runtime {(other == labels).sum()}")
    return not (differs & ~ties).any() and worst <= tolerance


def check(model_path: str, expected_path: str, tolerance: float) -> bool:
    onnx.checker.check_model(model_path, full_check=True)
    expected = load_file(expected_path)
    images, labels = expected.pop("images"), expected.pop("labels", None)
    if images.dtype == numpy.uint8:
        images = images.astype(numpy.float32) / numpy.float32(255)
    outputs = run(model_path, images)
    errors = {name: error(outputs[name], expected[name]) for name in expected if name in outputs}
    # One image alone: the batch must be free.
    alone = run(model_path, images[:1])
    errors |= {f"{name}[:1]": error(alone[name], expected[name][:1]) for name in expected if name in outputs}
    missing = sorted(set(expected) ^ set(outputs))
    is_good = not missing and all(value <= tolerance for value in errors.values())
    figures = ", ".join(f"{name} {value:.1e}" for name, value in errors.items() if not name.endswith("[:1]"))
    worst = max(errors.values(), default=0.0)
    print(f"{'ok  ' if is_good else 'FAIL'} {os.path.basename(model_path)}: {figures}; worst {worst:.1e}"
          + (f"; outputs differ: {missing}" if missing else ""))
    if labels is not None and "logits" in outputs:
        is_good &= compare_classes(outputs["logits"], expected["logits"], labels, tolerance)
    return is_good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--tolerance", type=float, default=1e-5)
    arguments = parser.parse_args()
    if len(arguments.paths) == 1:
        folder = arguments.paths[0]
        models = sorted(name for name in os.listdir(folder) if name.endswith(".onnx"))
        pairs = [(os.path.join(folder, name), os.path.join(folder, name[:-5] + ".safetensors")) for name in models]
    else:
        pairs = [tuple(arguments.paths)]
    if not pairs:
        print("no model found")
        return 1
    results = [check(model, expected, arguments.tolerance) for model, expected in pairs]
    print(f"{sum(results)} of {len(results)} models agree within {arguments.tolerance:g}")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
