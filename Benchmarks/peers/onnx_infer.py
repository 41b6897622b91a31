"""Times the seed network's inference in ONNX Runtime, on random images already in memory.

Usage: onnx_infer.py MODEL.onnx [--threads N] [--rounds 3] [--infer 1,64,512]

MODEL.onnx is what export_onnx.py wrote. Prints one JSON line with the keys of `stn bench train --json`.
"""
import argparse
import json

import numpy
import onnxruntime

from timing import fastest_ms


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--infer", default="1,64,512")
    arguments = parser.parse_args()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = arguments.threads
    session = onnxruntime.InferenceSession(arguments.model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    generator = numpy.random.default_rng(0)
    result = {"peer": f"onnxruntime {onnxruntime.__version__}", "threads": arguments.threads, "precision": "float32"}
    for batch in [int(size) for size in arguments.infer.split(",")]:
        x = generator.standard_normal((batch, 3, 32, 32), dtype=numpy.float32)
        iterations = max(3, min(100, 1000 // batch))
        milliseconds = fastest_ms(lambda _: session.run(None, {name: x}), iterations, arguments.rounds)
        result[f"infer_b{batch}_ms"] = round(milliseconds, 3)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
