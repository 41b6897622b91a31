"""Ratios, verdicts and the table."""
from statistics import median

from .contestants import PEAK
from .rounds import Comparison
from .rows import Row


def judge(rows: list[Row], comparison: Comparison) -> list[dict]:
    judged, absent = [], {}
    for row in rows:
        ours = comparison.values(row.ours, row.metric)
        peers = {peer: values for peer in row.peers if (values := comparison.values(peer, row.peer_metric or row.metric))}
        if not ours or not peers:
            who = row.ours if not ours else " and ".join(row.peers)
            absent.setdefault(who, []).append(row.title)
            continue
        # The peer that counts is the one that is best over all rounds.
        ordered = sorted(peers, key=lambda peer: median(peers[peer]))
        shown = ordered if row.shows_all_peers else ordered[:1]
        judged += [judge_one(row, ours, peer, peers[peer], peer == ordered[0], comparison) for peer in shown]
    for who, titles in absent.items():
        comparison.note(f"left out, as {who} did not measure them: {'; '.join(dict.fromkeys(titles))}")
    return judged


def judge_one(row: Row, ours: list, peer: str, theirs: list, counts: bool, comparison: Comparison) -> dict:
    # A ratio is formed within a round, where both met the same machine.
    ratios = [b / a for a, b in zip(ours, theirs)]
    result = {
        "group": row.group, "title": row.title, "metric": row.metric, "unit": row.unit, "ours": row.ours, "peer": peer,
        "ours_median": median(ours), "peer_median": median(theirs), "ratio_median": round(median(ratios), 3),
        "ratio_low": round(min(ratios), 3), "ratio_high": round(max(ratios), 3),
        "goal": row.goal if counts else None, "at_most": row.at_most, "share_of_peak": share(row, ours, comparison),
        "share_goal": row.share_goal}
    return result | {"verdict": verdict(result) if counts else "not its faster layout"}


def share(row: Row, ours: list, comparison: Comparison):
    """The part of the machine's measured peak that our median reaches."""
    for work, metric in [(row.flops, "fma_gflops"), (row.bytes, "triad_gbps")]:
        if work and (peaks := comparison.values(PEAK, metric)):
            return round(work / (median(ours) * 1e6) / max(peaks), 3)
    return None


def verdict(result: dict) -> str:
    held = []
    if result["goal"] is not None:
        held.append(result["ratio_median"] >= result["goal"])
    if result["at_most"] is not None:
        held.append(result["ours_median"] <= result["at_most"])
    if result["share_goal"] is not None and result["share_of_peak"] is not None:
        held.append(result["share_of_peak"] >= result["share_goal"])
    words = ["meets goal" if all(held) else "MISSES goal"] if held else []
    # Ours against ours is a cost, not a race.
    if result["ratio_median"] < 1 and not result["peer"].startswith("ours"):
        words.append("SLOWER" if result["unit"] != "MB" else "LARGER")
    return ", ".join(words)


def goal(row: dict) -> str:
    parts = [f"{row['goal']:.3g}×"] if row["goal"] is not None else []
    if row["at_most"] is not None:
        parts.append(f"≤ {row['at_most']:g} {row['unit']}")
    if row["share_goal"] is not None:
        parts.append(f"{row['share_goal']:.0%}")
    return ", ".join(parts)


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def table(rows: list[dict]) -> str:
    head = ["", "ours", "peer", "", "", "ratio", "spread", "goal", "of peak", ""]
    lines = [head] + [[
        row["title"], number(row["ours_median"]), number(row["peer_median"]), row["unit"], row["peer"],
        f"{row['ratio_median']:.2f}", f"{row['ratio_low']:.2f}–{row['ratio_high']:.2f}", goal(row),
        "" if row["share_of_peak"] is None else f"{row['share_of_peak']:.0%}", row["verdict"]] for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    text = ["  ".join(cell.ljust(width) if column in (0, 3, 4, 9) else cell.rjust(width)
                      for column, (cell, width) in enumerate(zip(line, widths))).rstrip() for line in lines]
    width = max(map(len, text))
    # A thin line before each group.
    groups = [row["group"] for row in rows]
    for index in reversed(range(len(rows))):
        if index == 0 or groups[index] != groups[index - 1]:
            text.insert(index + 1, "─" * width)
    return "\n".join(text)
