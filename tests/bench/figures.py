# SPDX-License-Identifier: MIT
"""A measured figure beside what it must and should be, and the table."""
import math
import statistics


class Figure:
    """less: smaller is better. None as value: could not be measured."""

    def __init__(self, row, metric, value, must=None, aim=None, less=True,
                 unit="", note=""):
        self.row = row
        self.metric = metric
        self.value = value
        self.must = must
        self.aim = aim
        self.less = less
        self.unit = unit
        self.note = note

    def reaches(self, mark):
        if self.value is None or mark is None:
            return False
        return self.value <= mark if self.less else self.value >= mark

    def verdict(self):
        if self.value is None:
            return "not measured"
        if self.must is None:
            return "-"
        if self.reaches(self.aim):
            return "aim met"
        return "met" if self.reaches(self.must) else "**missed**"

    def missed(self):
        return (self.value is not None and self.must is not None
                and not self.reaches(self.must))


def number(value):
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    if value >= 1000:
        return "%.0f" % value
    return "%.3g" % value


def in_order(figures):
    """By row number, words last."""
    return sorted(figures, key=lambda figure: int(figure.row)
                  if figure.row.isdigit() else 99)


def table(figures):
    lines = ["| # | metric | median | must | aim | met |",
             "|---|---|---|---|---|---|"]
    for figure in figures:
        lines.append("| %s | %s | %s%s | %s | %s | %s |" % (
            figure.row, figure.metric + (" (%s)" % figure.note
                                         if figure.note else ""),
            number(figure.value), " " + figure.unit if figure.unit else "",
            number(figure.must), number(figure.aim), figure.verdict()))
    return "\n".join(lines)


def median(values):
    return statistics.median(values) if values else None


def ratios(above, below):
    """The median of what is divided round by round."""
    return median([a / b for a, b in zip(above, below)])


def mean(values):
    """Geometric: ratios are multiplied, not added."""
    return math.exp(statistics.fmean(math.log(value) for value in values))
