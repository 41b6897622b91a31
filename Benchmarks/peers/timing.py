"""How every peer's script times: as `stn bench` does."""
import time


def fastest_ms(function, iterations: int, rounds: int) -> float:
    """After a warm-up, the fastest round of the mean over a round's calls; `function` is told its call's number."""
    for index in range(min(iterations, 5)):
        function(index)
    means = []
    for _ in range(rounds):
        start = time.perf_counter()
        for index in range(iterations):
            function(index)
        means.append((time.perf_counter() - start) / iterations)
    return min(means) * 1e3
