"""Small faults to plant in a line of Swift or C, each switched on by its number: a build holds all of them, and a run chooses one.

Places are found by patterns, not by a parser. What does not compile is taken out again by whoever builds; what would change a
line's meaning while its fault is off is kept out here, by looking at what stands beside the match.
"""
import re

# One name or call, with brackets that are closed.
OPERAND = r"[A-Za-z_0-9][\w.\->\[\]()]*"
NEIGHBOURS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
SWAPPED = {"vec_add": "vec_sub", "vec_sub": "vec_add", "vec_mul": "vec_add"}


class Language:
    """How a fault is asked for in the language's own words."""

    def __init__(self, active, sign, offset, negated, dropped):
        self.active, self.sign, self.offset, self.negated, self.dropped = active, sign, offset, negated, dropped


SWIFT = Language(
    active="isMutant({})", sign="mutantSign({}) *", offset="mutantOffset({})", negated="({}) != isMutant({})",
    dropped="if !isMutant({}) {{ {} }}")
C = Language(
    active="stn_mutant == {}", sign="(stn_mutant == {} ? -1 : 1) *", offset="(stn_mutant == {})",
    negated="!!({}) != (stn_mutant == {})", dropped="{{ if (stn_mutant != {}) {} }}")

# Put into a module that all others import, and into a header that all kernels include.
SWIFT_SWITCH = """
import Foundation

private let activeMutant = ProcessInfo.processInfo.environment["STN_MUTANT"].flatMap { Int($0) } ?? 0

public func isMutant(_ number: Int) -> Bool { activeMutant == number }
public func mutantSign<Number: SignedNumeric>(_ number: Int) -> Number { isMutant(number) ? -1 : 1 }
public func mutantOffset<Number: Numeric>(_ number: Int) -> Number { isMutant(number) ? 1 : 0 }
"""
C_DECLARATION = "extern int stn_mutant;"
C_SWITCH = """
#include <stdlib.h>

int stn_mutant;

__attribute__((constructor)) static void stn_choose_mutant(void) {
    const char *number = getenv("STN_MUTANT");
    stn_mutant = number ? atoi(number) : 0;
}
"""


def balanced(text):
    depth = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if depth < 0:
            return False
    return depth == 0


def is_in_text(line, place):
    """Whether a place is inside of quotes or a comment."""
    comment = line.find("//")
    return line[:place].count('"') % 2 == 1 or 0 <= comment < place


def clauses(condition):
    """The parts between commas that are in no brackets, with their places."""
    depth, start = 0, 0
    for place, character in enumerate(condition + ","):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            yield start, place
            start = place + 1


def negations(line, language):
    pattern = r"\bif \((.*)\)( \{)?$|\bif \((.*)\) \w" if language is C else r"\b(?:if|while) (.+) \{$|\bguard (.+) else \{"
    match = re.search(pattern, line)
    if not match or is_in_text(line, match.start()):
        return
    group = next(index for index, text in enumerate(match.groups(), 1) if text and text != " {")
    condition, start = match.group(group), match.start(group)
    if language is C:
        if balanced(condition):
            yield "negated condition", start, start + len(condition), lambda n, c=condition: C.negated.format(c, n)
        return
    for first, last in clauses(condition):
        text = condition[first:last]
        # Behind an endless loop nothing need be returned.
        if balanced(text) and not re.search(r"\b(let|var|case)\b|#|\{|^\s*(true)?\s*$", text):
            yield ("negated condition", start + first, start + last,
                   lambda n, c=text: " " * (len(c) - len(c.lstrip())) + SWIFT.negated.format(c.strip(), n))


def comparisons(line, language):
    for match in re.finditer(rf"({OPERAND}) (<=|<|>=|>) ({OPERAND})", line):
        left, operator, right = match.groups()
        # for (...; i < n; ...) and a[i < n]: the last bracket belongs to somebody else.
        while right and not balanced(right) and right[-1] in ")]":
            right = right[:-1]
        while left and not balanced(left) and left[0] in "([":
            left = left[1:]
        start, end = match.end(1) - len(left), match.start(3) + len(right)
        alone = re.search(r"([(,;=&|!?:]|if|while|guard|return|where|in|\{|\[)\s*$", line[:start])
        followed = re.match(r"\s*([),;&|?:\]{]|else\b|$)", line[end:])
        if left and right and balanced(left) and balanced(right) and alone and followed and not is_in_text(line, start):
            yield ("neighbouring comparison", start, end, lambda n, l=left, o=operator, r=right:
                   f"({language.active.format(n)} ? {l} {NEIGHBOURS[o]} {r} : {l} {o} {r})")


def signs(line, language):
    for match in re.finditer(r"(?<=[\w)\]]) [+-] (?=[A-Za-z_(])", line):
        if not is_in_text(line, match.start()):
            yield ("swapped sign", match.start(), match.end(),
                   lambda n, text=match.group(): text + language.sign.format(n) + " ")


def literals(line, language):
    for match in re.finditer(r"(?<=[-+*/%<>=&|.(] )\d+(?![\w.])|(?<=\.\.[.<])\d+(?![\w.])|(?<=[(\[])\d+(?=\.\.|[\],)])", line):
        if not is_in_text(line, match.start()):
            yield ("off by one", match.start(), match.end(),
                   lambda n, text=match.group(): f"({text} + {language.offset.format(n)})")


def drops(line, language):
    if language is C:
        pattern = r"^\s*((?:\*?[A-Za-z_][\w.\->]*(?:\[[^\]]*\])? [-+*/]?= |[a-z_]\w*\()[^{}]*;)$"
    else:
        pattern = r"^\s*((?:try\??!? |_ = )?[A-Za-z_][\w.]*(?:\[[^\]]*\])?(?:\(.*\)| [-+*/|&]?= [^{]+))$"
    match = re.search(pattern, line)
    if match and balanced(match.group(1)) and not re.match(
            r"(return|throw|let|var|case|if|for|while|guard|else|break|continue|preconditionFailure|super|init|self\.init)\b",
            match.group(1)):
        yield "dropped statement", match.start(1), match.end(1), lambda n, text=match.group(1): language.dropped.format(n, text)


def swaps(line, language):
    for match in re.finditer(r"\b(vec_add|vec_sub|vec_mul)\(", line):
        end = next((end for end in range(match.end(), len(line) + 1) if balanced(line[match.end(1):end])
                    and line[end - 1] == ")"), None)
        if language is C and end:
            arguments = line[match.end(1):end]
            yield ("swapped operation", match.start(), end, lambda n, name=match.group(1), rest=arguments:
                   f"({C.active.format(n)} ? {SWAPPED[name]}{rest} : {name}{rest})")


def of_line(line, language):
    """All faults for a line: kind, the place they replace, and a function from number to text."""
    stripped = line.strip()
    if not stripped or stripped.startswith(("//", "#", "*", "@", "import ", "case ")) or stripped.endswith("\\"):
        return []
    # What makes room, or asks for memory, ahead of time changes nothing but the time it takes.
    if "reserveCapacity" in line or "prefetch" in line.lower():
        return []
    return [fault for find in (negations, comparisons, signs, literals, drops, swaps) for fault in find(line, language)]
