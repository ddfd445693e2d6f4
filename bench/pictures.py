"""Pictures of the results, as small SVG files that come out the same for the same figures."""

# ruff: noqa: PLC0415  # matplotlib is set up before its first figure
from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.scores import Band, Point

_INK, _BLUE, _GREEN, _RED, _AMBER = "#333333", "#1f5fa8", "#2a7f4f", "#b3392f", "#b87a12"


def draw_confidence(
    path: Path, crossed: Sequence[Point], apart: Sequence[Point], thresholds: Mapping[str, float | None]
) -> None:
    """Draw what each threshold does: cross-validation solid, held-apart messages dashed."""
    figure, axes = _canvas(8, 4.6)
    lines = (("answered", _BLUE), ("accuracy", _GREEN), ("noticed", _AMBER), ("rejected", _RED))
    labels = {
        "answered": "messages answered",
        "accuracy": "of those, read rightly",
        "noticed": "out of scope, not answered",
        "rejected": "in scope, not answered",
    }
    for name, colour in lines:
        for points, style, label in ((crossed, "-", labels[name]), (apart, "--", None)):
            axes.plot(
                [p.threshold for p in points], [getattr(p, name) for p in points], style, color=colour, label=label
            )
    for name, threshold in thresholds.items():
        if threshold is not None:
            axes.axvline(threshold, color=_INK, linewidth=0.8, linestyle=":")
            axes.text(
                threshold - 0.004, 0.44, f"{name} {threshold:.2f}", color=_INK, fontsize=8, rotation=90, ha="right"
            )
    axes.set(xlabel="confidence below which a message is not answered", ylabel="share", ylim=(0, 1.02), xlim=(0, 0.9))
    _legend_below(axes)
    _save(figure, path)


def draw_reliability(path: Path, crossed: Sequence[Band], apart: Sequence[Band]) -> None:
    """Draw how often messages of a confidence are read rightly."""
    figure, axes = _canvas(5, 4.6)
    axes.plot([0, 1], [0, 1], color=_INK, linewidth=0.8, linestyle=":")
    for bands, style, label in ((crossed, "o-", "cross-validation"), (apart, "s--", "held apart")):
        shown = [band for band in bands if band.count >= 5]
        axes.plot(
            [(band.low + band.high) / 2 for band in shown],
            [band.accuracy for band in shown],
            style,
            color=_BLUE if style == "o-" else _AMBER,
            label=label,
            markersize=4,
        )
    axes.set(xlabel="confidence", ylabel="share read rightly", xlim=(0, 1), ylim=(0, 1.02))
    axes.legend(fontsize=8)
    _save(figure, path)


def draw_bias(
    path: Path, biases: Sequence[float], crossed: Sequence[Point], apart: Sequence[Point], chosen: float
) -> None:
    """Draw what the bias for out of scope buys and costs."""
    figure, axes = _canvas(7, 4)
    for name, colour, label in (
        ("noticed", _AMBER, "out of scope, not answered"),
        ("rejected", _RED, "in scope, not answered"),
    ):
        for points, style in ((crossed, "-"), (apart, "--")):
            axes.plot(
                biases, [getattr(p, name) for p in points], style, color=colour, label=label if style == "-" else None
            )
    axes.axvline(chosen, color=_INK, linewidth=0.8, linestyle=":")
    axes.set(xlabel="out_of_scope_bias", ylabel="share", ylim=(0, 1.02))
    _legend_below(axes)
    _save(figure, path)


def draw_bars(path: Path, panels: Mapping[str, Mapping[str, float]]) -> None:
    """Draw one panel of bars for each measure: name of the system -> value."""
    columns = 4
    lines = -(-len(panels) // columns)
    figure, grid = _canvas(2.6 * columns, 2.5 * lines, lines, columns)
    names = dict.fromkeys(name for bars in panels.values() for name in bars)
    colours = dict(zip(names, (_AMBER, _BLUE, _GREEN, _INK)))  # noqa: B905  # more colours than names
    for axes, (title, bars) in zip(grid.flat, panels.items()):  # noqa: B905  # empty panels may be left over
        axes.bar(list(bars), list(bars.values()), color=[colours[name] for name in bars], width=0.6)
        for place, value in enumerate(bars.values()):
            axes.text(
                place, value, f"{value:,.2f}" if value < 10 else f"{value:,.0f}", ha="center", va="bottom", fontsize=8
            )
        axes.set_title(title, fontsize=9)
        axes.margins(y=0.18)
        axes.tick_params(labelsize=8)
    for axes in grid.flat[len(panels) :]:
        axes.axis("off")
    _save(figure, path)


def _canvas(width: float, height: float, lines: int = 1, columns: int = 1) -> tuple[Any, Any]:
    # Rasa holds matplotlib at a version that uses old names of its parser and says so on import.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import matplotlib as mpl  # type: ignore[import-not-found,import-untyped,unused-ignore]

        # No window, the same ids in each run, text as text.
        mpl.use("svg")
        mpl.rcParams.update({"svg.hashsalt": "backstride", "svg.fonttype": "none", "font.family": "sans-serif"})
        from matplotlib import pyplot as plt  # type: ignore[import-not-found,import-untyped,unused-ignore]

    figure, axes = plt.subplots(lines, columns, figsize=(width, height), squeeze=lines * columns == 1)
    for one in axes.flat if lines * columns > 1 else [axes]:
        one.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _legend_below(axes: Any) -> None:
    axes.legend(
        title="solid: cross-validation, dashed: held apart",
        loc="upper center",
        bbox_to_anchor=(0.5, -0.14),
        ncol=4,
        fontsize=8,
        title_fontsize=8,
        frameon=False,
    )


def _save(figure: Any, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.tight_layout()
    figure.savefig(path, format="svg", metadata={"Date": None})
