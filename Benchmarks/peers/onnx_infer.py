"""Times ONNX Runtime on an exported classifier. Usage: onnx_infer.py MODEL.onnx [--threads N]; prints one JSON line."""
import argparse
import json
import resource
import sys
import time

import numpy as np
import onnxruntime


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = arguments.threads
    session = onnxruntime.InferenceSession(arguments.model, options, providers=["CPUExecutionProvider"])
    entry = session.get_inputs()[0]
    result = {"peer": f"onnxruntime {onnxruntime.__version__}"}
    for batch in (1, 64, 512):
        shape = [batch] + [int(extent) for extent in entry.shape[1:]]
        x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
        iterations = max(3, min(100, 1000 // batch))
        for _ in range(5):
            session.run(None, {entry.name: x})
        means = []
        for _ in range(arguments.rounds):
            start = time.perf_counter()
            for _ in range(iterations):
                session.run(None, {entry.name: x})
            means.append((time.perf_counter() - start) / iterations)
        result[f"infer_b{batch}_ms"] = round(min(means) * 1e3, 3)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2 ** 20 if sys.platform == "darwin" else 2 ** 10)
    result |= {"peak_rss_mb": round(peak, 1), "threads": arguments.threads, "precision": "float32"}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
