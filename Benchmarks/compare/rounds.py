"""Runs the contestants in turn and keeps what they print."""
import sys
import time
from itertools import groupby

from . import Failure
from .contestants import PEAK, Contestant, last_line, metrics, parse
from .machine import load_average


class Comparison:
    """`runs` holds what each contestant printed, round by round; `notes` what was left out and why."""

    def __init__(self, contestants: list[Contestant], rounds: int):
        self.heats = [list(heat) for _, heat in groupby(contestants, key=lambda contestant: contestant.heat)]
        self.rounds = rounds
        self.runs: dict[str, list[dict]] = {}
        self.notes: list[str] = []
        self._absent: set[str] = set()

    def run(self) -> None:
        for round_ in range(self.rounds):
            for heat in self.heats:
                # Whoever runs first meets the machine in another state than who runs last: the order rotates.
                start = round_ % len(heat)
                for contestant in heat[start:] + heat[:start]:
                    if contestant.name not in self._absent:
                        print(f"round {round_ + 1} of {self.rounds}: {contestant.name} …", end=" ", file=sys.stderr,
                              flush=True)
                        self._measure(contestant)

        busiest = max(run["load_average_before"][0] for runs in self.runs.values() for run in runs)
        # Contestants themselves make it as many as their threads. Peers suffer more from company than ours.
        if busiest > max(contestant.threads for heat in self.heats for contestant in heat) + 0.5:
            self.note(f"the load average rose to {busiest}: other programs took part, and these ratios prove nothing")

    def _measure(self, contestant: Contestant) -> None:
        before, start = load_average(), time.perf_counter()
        done = contestant.run()
        seconds = time.perf_counter() - start
        print(f"{seconds:.1f} s", file=sys.stderr)
        if done.returncode == 64 and contestant.is_optional:
            self._absent.add(contestant.name)
            self.note(f"{contestant.name} is left out, this version has no such option: {last_line(done.stderr)}")
            return
        if done.returncode != 0:
            raise Failure(70, f"{contestant.name} failed with exit code {done.returncode}: {last_line(done.stderr)} "
                              f"(command: {' '.join(contestant.command)})")
        result = parse(contestant, done.stdout)
        contestant.check(result)
        self.runs.setdefault(contestant.name, []).append(
            result | {"process_seconds": round(seconds, 3), "load_average_before": before})

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def values(self, name: str, metric: str) -> list[float]:
        """A contestant's figures, one a round; empty when it has none."""
        found = [metrics(run).get(metric) for run in self.runs.get(name, [])]
        return found if len(found) == self.rounds and None not in found else []

    def instruction_set(self) -> str:
        return self.runs[PEAK][0]["isa"]

    def peers(self) -> list[str]:
        return sorted({run["peer"] for runs in self.runs.values() for run in runs if "peer" in run})
