#!/usr/bin/env python3
"""Prints what TensorBoard itself makes of the event files below a folder, as one JSON object; for the tests.

Usage: read_events.py FOLDER
"""
import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

from tensorboard.backend.event_processing import event_accumulator
from tensorboard.plugins.hparams import plugin_data_pb2


def main(folder):
    # 0 of everything: no sampling.
    sizes = {name: 0 for name in (event_accumulator.SCALARS, event_accumulator.IMAGES, event_accumulator.HISTOGRAMS,
                                  event_accumulator.TENSORS)}
    accumulator = event_accumulator.EventAccumulator(folder, size_guidance=sizes)
    accumulator.Reload()
    tags = accumulator.Tags()
    result = {
        "scalars": {tag: [[e.step, e.value] for e in accumulator.Scalars(tag)] for tag in tags["scalars"]},
        "images": {tag: [[e.step, e.width, e.height, len(e.encoded_image_string)] for e in accumulator.Images(tag)]
                   for tag in tags["images"]},
        "histograms": {
            tag: [[e.step, e.histogram_value.num, e.histogram_value.min, e.histogram_value.max,
                   sum(e.histogram_value.bucket)] for e in accumulator.Histograms(tag)]
            for tag in tags["histograms"]
        },
        "settings": {}, "columns": [], "metrics": [], "status": None,
    }
    for content in accumulator.PluginTagToContent("hparams").values():
        data = plugin_data_pb2.HParamsPluginData.FromString(content)
        kind = data.WhichOneof("data")
        if kind == "session_start_info":
            result["settings"] = {name: getattr(value, value.WhichOneof("kind"))
                                  for name, value in data.session_start_info.hparams.items()}
        elif kind == "experiment":
            result["columns"] = [info.name for info in data.experiment.hparam_infos]
            result["metrics"] = [info.name.tag for info in data.experiment.metric_infos]
        elif kind == "session_end_info":
            result["status"] = data.session_end_info.status
    json.dump(result, sys.stdout, sort_keys=True)


if __name__ == "__main__":
    main(sys.argv[1])
