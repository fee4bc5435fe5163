"""Which choices of several rows fit together, so that every sum over them is zero.

In: for every row its choices, each with what it adds to every sum, and the texts that it stands for. Out: for every row what
the choices that fit add; nothing is chosen between those.

The sums that can be reached are the bits of a number, counted from the least one: a choice that no choices of the other rows
make up for, in one sum by itself, is left out. What is left is tried.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import or_

Effect = tuple[int, ...]
Choices = dict[int, list[Effect]]
# A sum's terms come to this much at most where the sums that can be reached are looked at one by one.
SUMS = 2_000_000
# So many times is it looked at which choices are left; what is not decided then is left open.
TRIES = 400


def fitting(effects: Mapping[int, Sequence[Effect]], texts: Mapping[int, Sequence[tuple[str | None, ...]]]) -> Choices | None:
    """The choices of each row that fit with some of the others', as what they add to every sum; None where none is found.

    `texts` are what each choice stands for: a choice is only tried where it says something that no other one that fits says.
    """
    search = _Search()
    choices = search.left({i: list(dict.fromkeys(found)) for i, found in effects.items()})
    first = search.solved(choices) if choices is not None else None
    if choices is None or first is None:
        return None
    fit: dict[int, set[Effect]] = {i: {effect} for i, effect in first.items()}
    for i in choices:
        said = _said(effects[i], texts[i])
        for effect in list(choices[i]):
            known = set[tuple[int, str | None]]().union(*(said[other] for other in fit[i]))
            if effect in fit[i] or effect not in choices[i] or said[effect] <= known:
                continue
            found = search.solved(choices | {i: [effect]})
            if found is not None:
                for row, own in found.items():
                    fit[row].add(own)
            elif not search.tired:
                rest = search.left(choices | {i: [other for other in choices[i] if other != effect]})
                choices = rest if rest is not None else choices
    return choices


def _said(effects: Sequence[Effect], texts: Sequence[tuple[str | None, ...]]) -> dict[Effect, set[tuple[int, str | None]]]:
    """What all choices that add the same say of each place."""
    said: dict[Effect, set[tuple[int, str | None]]] = {}
    for effect, text in zip(effects, texts, strict=True):
        said.setdefault(effect, set()).update(enumerate(text))
    return said


class _Search:
    """Looks for choices that fit, until it is `tired`."""

    def __init__(self) -> None:
        self._tries = 0

    @property
    def tired(self) -> bool:
        """Whether nothing more is looked at."""
        return self._tries >= TRIES

    def solved(self, choices: Choices) -> dict[int, Effect] | None:
        """One choice for every row that fit together; None where there are none, or none was found in time."""
        left = self.left(choices)
        if left is None:
            return None
        open_rows = [i for i, found in left.items() if len(found) > 1]
        if not open_rows:
            return {i: found[0] for i, found in left.items()}
        row = min(open_rows, key=lambda i: len(left[i]))
        for effect in left[row]:
            found = self.solved(left | {row: [effect]})
            if found is not None:
                return found
            if self.tired:
                return None
        return None

    def left(self, choices: Choices) -> Choices | None:
        """The choices that the other rows' make up for in every sum by itself; None where a row has none."""
        if self.tired:
            return None
        self._tries += 1
        left = dict(choices)
        width = len(next(iter(left.values()))[0])
        changed = True
        while changed:
            changed = False
            for k in range(width):
                good = _good(k, left)
                if good is None:
                    return None
                for i, values in good.items():
                    kept = [effect for effect in left[i] if effect[k] in values]
                    changed = changed or len(kept) < len(left[i])
                    left[i] = kept
        return left


def _good(k: int, choices: Choices) -> dict[int, set[int]] | None:
    """What the rows with several values in sum `k` can add to it so that it becomes zero; None where it cannot."""
    base = 0
    options: dict[int, list[int]] = {}
    for i, effects in choices.items():
        distinct = {effect[k] for effect in effects}
        if len(distinct) > 1:
            options[i] = sorted(distinct)
        else:
            base += distinct.pop()
    if not options:
        return {} if base == 0 else None
    low = sum(min(0, values[0]) for values in options.values())
    high = sum(max(0, values[-1]) for values in options.values())
    if not low <= -base <= high:
        return None
    if high - low > SUMS:
        return {}
    reached = [1 << -low]
    for values in options.values():
        reached.append(reduce(or_, (_shifted(reached[-1], value) for value in values)))
    wanted = 1 << (-low - base)
    found: dict[int, set[int]] = {}
    for m, (i, values) in reversed(list(enumerate(options.items()))):
        found[i] = {value for value in values if _shifted(reached[m], value) & wanted}
        if not found[i]:
            return None
        wanted = reduce(or_, (_shifted(wanted, -value) for value in found[i]))
    return found


def _shifted(bits: int, by: int) -> int:
    return bits << by if by >= 0 else bits >> -by
