"""Draws the widgets of a dashboard, given as JSON, into a picture: see ``tools.dashboard``.

It runs in an environment of its own, with the packages of tools/dashboard-requirements.txt.
"""

import json
import math
import sys
from typing import Any

from matplotlib import pyplot as plt  # type: ignore[import-not-found]

LABELLED = 8
"""Lines with a label at most: the largest ones."""


def main(picture: str) -> None:
    """Draw what the standard input describes."""
    drawing = json.load(sys.stdin)
    widgets = drawing["widgets"]
    rows = math.ceil(len(widgets) / 2)
    figure, axes = plt.subplots(rows, 2, figsize=(15, 3.1 * rows), layout="constrained")
    for axis, widget in zip(axes.flat, widgets, strict=False):
        draw(axis, widget, drawing["period"])
    for axis in list(axes.flat)[len(widgets) :]:
        axis.axis("off")
    figure.savefig(picture, dpi=70)


def draw(axis: Any, widget: Any, period: int) -> None:
    """Draw one widget."""
    axis.set_title(widget["title"], loc="left", fontsize=10, fontweight="bold")
    axis.set_xlabel(f"seconds (period: {period} s)", fontsize=7)
    axis.grid(axis="y", alpha=0.3)
    axis.tick_params(labelsize=7)
    lines = widget["lines"]
    if not lines:
        axis.text(0.5, 0.5, widget["empty"], ha="center", transform=axis.transAxes, color="gray")
        return
    largest = sorted(lines, key=lambda label: -sum(lines[label]))[:LABELLED]
    for label, values in lines.items():
        moments = [number * period for number in range(len(values))]
        axis.plot(moments, values, linewidth=1.4, label=label if label in largest else None)
    axis.set_xlim(left=0)
    axis.set_ylim(bottom=0)
    axis.legend(fontsize=6, loc="upper left")


if __name__ == "__main__":
    main(sys.argv[1])
