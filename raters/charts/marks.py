"""Charts as SVG: no script on the page, and the same picture in a paper.

Knows colours and marks. Knows nothing of studies. Imported by the process that draws, and by no
other: Altair and its renderer are not for the web or for a worker. The colours written here are
names for the style sheet as much as colours: research.css maps each to its token, so a chart
follows light and dark.
"""

from collections.abc import Sequence
from typing import Any

import altair as alt
import vl_convert

from raters.charts import Bar

WIDTH = 400
ROW = 60
THIN = 21
INK, MUTED, LINE = "#2a241c", "#62584a", "#ddd3c1"
SOURCE_COLOURS = ("#0b6aa8", "#b8560a", "#3d7a5d", "#94507f", "#7a6a16", "#4b4b4b")
PERCENT = "\u00a0%"
MOST_NAMED = 30  # dots: of more than that hardly a name finds room
LETTER = 12
Box = tuple[float, float, float, float]  # left, top, right, bottom


def shares_svg(bars: Sequence[Bar], *, reference: float | None = None) -> str:
    """A row a source: its name, its share as a dot, its interval as a line, on one axis from 0."""
    farthest = max([0.4, *(bar.share if bar.high is None else bar.high for bar in bars)])
    most = farthest + 0.12  # room for the last label
    ticks = [tick / 10 for tick in range(0, 11, 1 if most < 0.7 else 2) if tick / 10 <= most]
    axis = alt.Axis(
        values=ticks, labelExpr=f"format(100 * datum.value, '.0f') + '{PERCENT}'", title=None
    )
    labels = [f"{100 * bar.share:.0f}{PERCENT}" for bar in bars]
    return _dots(bars, labels, domain=(0, most), axis=axis, reference=reference)


def scores_svg(bars: Sequence[Bar]) -> str:
    """The same for scores from -1 to 1, dashed at 0."""
    axis = alt.Axis(
        values=[-1, -0.5, 0, 0.5, 1],
        labelExpr="format(datum.value, '.1~f')",
        title=None,
    )
    labels = [f"{bar.share:+.2f}".replace("-", "−") for bar in bars]
    return _dots(bars, labels, domain=(-1.02, 1.22), axis=axis, reference=0)


def logs_svg(bars: Sequence[Bar]) -> str:
    """The same for log strengths, dashed at 0, as far as the farthest interval goes."""
    ends = [end for bar in bars for end in (bar.low, bar.high, bar.share) if end is not None]
    low, high = min([-0.5, *ends]), max([0.5, *ends])
    wide = high - low
    axis = alt.Axis(tickCount=6, labelExpr="format(datum.value, '.1~f')", title=None)
    labels = [f"{bar.share:+.2f}".replace("-", "−") for bar in bars]
    domain = (low - 0.05 * wide, high + 0.2 * wide)
    return _dots(bars, labels, domain=domain, axis=axis, reference=0)


def points_svg(points: Sequence[tuple[str, float, float]], *, across: str, up: str) -> str:
    """A dot each by two numbers: `across` from 0 as it is, `up` a share."""
    farthest = 1.12 * max([1.0, *(x for _, x, _ in points)])
    width, height, highest = WIDTH - 40, 260, 1.02
    rows = [{"x": x, "y": y} for _, x, y in points]
    shares = alt.Axis(
        values=[0, 0.2, 0.4, 0.6, 0.8, 1],
        labelExpr=f"format(100 * datum.value, '.0f') + '{PERCENT}'",
        titleColor=MUTED,
        titleFontWeight="normal",
    )
    plain = alt.Axis(tickCount=6, titleColor=MUTED, titleFontWeight="normal")
    x = alt.X("x:Q", title=across, axis=plain, scale=alt.Scale(domain=[0, farthest]))
    y = alt.Y("y:Q", title=up, axis=shares, scale=alt.Scale(domain=[0, highest], nice=False))
    dots = alt.Chart(alt.Data(values=rows)).encode(x=x, y=y)
    layers = [dots.mark_point(size=60, filled=True, opacity=0.7, color=MUTED)]
    if len(rows) <= MOST_NAMED:
        pixels = [(name, width * x / farthest, height * (1 - y / highest)) for name, x, y in points]
        named = [
            {"name": name, "x": farthest * at / width, "y": highest * (1 - down / height)}
            for name, at, down in names_apart(pixels, width, height)
        ]
        names = alt.Chart(alt.Data(values=named)).encode(x=x, y=y, text="name:N")
        layers.append(names.mark_text(align="left", fontSize=LETTER, color=INK))
    return _svg(alt.layer(*layers).properties(width=width, height=height))


def names_apart(
    dots: Sequence[tuple[str, float, float]], width: float, height: float
) -> list[tuple[str, float, float]]:
    """Where each name begins, in points, beside its dot and on nothing else.

    Tried to the right of the dot, to its left, above and below; a name that fits nowhere is left
    out, since a table has them all.
    """
    taken = [(x - 5, y - 5, x + 5, y + 5) for _, x, y in dots]
    found = []
    for name, x, y in dots:
        long = 0.62 * LETTER * len(name)
        ways = [(7, 0), (-7 - long, 0)]
        ways += [(dx, dy) for dy in (-13, 13, -26, 26) for dx in (-long / 2, 4, -4 - long)]
        for dx, dy in ways:
            left, middle = x + dx, y + dy
            box = (left, middle - LETTER / 2, left + long, middle + LETTER / 2)
            inside = box[0] >= 0 and box[1] >= 0 and box[2] <= width + 10 and box[3] <= height
            if inside and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                found.append((name, left, middle))
                break
    return found


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def ranks_svg(sources: Sequence[tuple[str, Sequence[int]]]) -> str:
    """How often each source had each rank: for every source its name, then a bar a rank."""
    rows: list[dict[str, Any]] = []
    for index, (name, counts) in enumerate(sources):
        rows += [{"row": len(rows), "share": 0.0}] if rows else []  # air
        rows.append({"row": len(rows), "name": name, "share": 0.0})
        for rank, count in enumerate(counts, start=1):
            share = count / max(1, sum(counts))
            rows.append(
                {
                    "row": len(rows),
                    "rank": f"rank {rank}",
                    "share": share,
                    "label": f"{100 * share:.0f}{PERCENT}",
                    "colour": SOURCE_COLOURS[index % len(SOURCE_COLOURS)],
                }
            )
    y = alt.Y("row:O", axis=None, scale=alt.Scale(paddingInner=0.3, paddingOuter=0))
    most = max(row["share"] for row in rows) + 0.12
    x = alt.X("share:Q", scale=alt.Scale(domain=[-0.14 * most, most], nice=False), axis=None)
    colour = alt.Color("colour:N", scale=None, legend=None)
    base = alt.Chart(alt.Data(values=rows)).encode(y=y)
    bars = base.transform_filter("isValid(datum.label)")
    chart = alt.layer(
        bars.mark_bar(opacity=0.8).encode(x=x, x2=alt.datum(0), color=colour),
        bars.mark_text(align="left", dx=6, fontSize=12, color=INK).encode(x=x, text="label:N"),
        bars.mark_text(align="left", fontSize=12, color=MUTED).encode(
            x=alt.value(0), text="rank:N"
        ),
        base.transform_filter("isValid(datum.name)")
        .mark_text(align="left", dy=4, fontSize=14, fontWeight=600, color=INK, limit=WIDTH - 20)
        .encode(x=alt.value(0), text="name:N"),
    ).properties(width=WIDTH, height=THIN * len(rows))
    return _svg(chart)


def counts_svg(rows: Sequence[tuple[str, int]]) -> str:
    """A bar a row, its name above it and its count beside it: what is left at each stage."""
    most = max([1, *(count for _, count in rows)])
    lines = [
        {"row": index, "name": name, "count": count, "label": f"{count:,}".replace(",", "\u202f")}
        for index, (name, count) in enumerate(rows)
    ]
    y = alt.Y("row:O", axis=None, scale=alt.Scale(paddingInner=0, paddingOuter=0))
    x = alt.X("count:Q", scale=alt.Scale(domain=[0, 1.18 * most], nice=False), axis=None)
    base = alt.Chart(alt.Data(values=lines)).encode(y=y)
    chart = alt.layer(
        base.mark_bar(height=12, yOffset=10, opacity=0.8, color=MUTED).encode(x=x, x2=alt.datum(0)),
        base.mark_text(align="left", dx=6, dy=10, fontSize=13, color=INK).encode(
            x=x, text="label:N"
        ),
        base.mark_text(align="left", dy=-9, fontSize=13, color=INK, limit=WIDTH - 10).encode(
            x=alt.value(0), text="name:N"
        ),
    ).properties(width=WIDTH, height=44 * len(rows))
    return _svg(chart)


def grid_svg(
    labels: Sequence[str], table: Sequence[Sequence[int]], *, down: str, across: str
) -> str:
    """Counts in a square, rows `down` and columns `across`; the darker the more."""
    most = max([1, *(count for row in table for count in row)])
    cells = [
        {"down": d, "across": a, "count": count, "share": 0.6 * count / most}
        for d, row in zip(labels, table, strict=True)
        for a, count in zip(labels, row, strict=True)
    ]
    size = max(20, min(48, WIDTH // max(1, len(labels))))
    base = alt.Chart(alt.Data(values=cells)).encode(
        x=alt.X("across:N", sort=list(labels), title=across, axis=_labels(orient="top")),
        y=alt.Y("down:N", sort=list(labels), title=down, axis=_labels()),
    )
    chart = alt.layer(
        base.mark_rect(color=MUTED).encode(opacity=alt.Opacity("share:Q", scale=None, legend=None)),
        base.transform_filter("datum.count > 0")
        .mark_text(fontSize=12, color=INK)
        .encode(text="count:Q"),
    ).properties(width=size * len(labels), height=size * len(labels))
    return _svg(chart)


def _labels(**more: Any) -> alt.Axis:
    return alt.Axis(labelAngle=0, ticks=False, domain=False, titleColor=MUTED, **more)


def png(svg: str) -> bytes:
    """Three pixels to a point, for a slide."""
    return vl_convert.svg_to_png(svg, scale=3)


def _dots(
    bars: Sequence[Bar],
    labels: Sequence[str],
    *,
    domain: tuple[float, float],
    axis: alt.Axis,
    reference: float | None,
) -> str:
    rows = [
        {
            "row": index,
            "name": bar.name,
            "share": bar.share,
            "low": bar.share if bar.low is None else bar.low,
            "high": bar.share if bar.high is None else bar.high,
            "label": label,
            "colour": SOURCE_COLOURS[
                (index if bar.source is None else bar.source) % len(SOURCE_COLOURS)
            ],
        }
        for index, (bar, label) in enumerate(zip(bars, labels, strict=True))
    ]
    y = alt.Y("row:O", axis=None, scale=alt.Scale(paddingInner=0, paddingOuter=0))
    colour = alt.Color("colour:N", scale=None, legend=None)
    base = alt.Chart(alt.Data(values=rows)).encode(y=y)
    x = alt.X("share:Q", scale=alt.Scale(domain=list(domain), nice=False), axis=axis)
    layers = [
        base.mark_rule(strokeWidth=4, opacity=0.55, strokeCap="round", yOffset=9).encode(
            x=alt.X("low:Q"), x2="high:Q", color=colour
        ),
        base.mark_point(size=110, filled=True, opacity=1, yOffset=9).encode(x=x, color=colour),
        base.mark_text(
            align="left", dy=-14, fontSize=14, fontWeight=600, color=INK, limit=WIDTH - 20
        ).encode(x=alt.value(0), text="name:N"),
        base.mark_text(align="left", dx=9, dy=9, fontSize=14, color=INK).encode(
            x=alt.X("high:Q"), text="label:N"
        ),
    ]
    if reference is not None:
        layers.insert(0, _reference(reference))
    chart = alt.layer(*layers).properties(width=WIDTH, height=ROW * len(rows))
    return _svg(chart)


def _reference(at: float) -> alt.Chart:
    line = alt.Chart(alt.Data(values=[{"at": at}]))
    return line.mark_rule(strokeDash=[3, 4], color=MUTED, strokeWidth=1).encode(x="at:Q")


def _svg(chart: alt.LayerChart | alt.FacetChart) -> str:
    spec = chart.configure(
        background="transparent",
        font="sans-serif",
        padding={"left": 4, "right": 12, "top": 4, "bottom": 4},
        axis=alt.AxisConfig(
            labelColor=MUTED, labelFontSize=12, gridColor=LINE, domainColor=LINE, tickColor=LINE
        ),
        view=alt.ViewConfig(stroke=None),
    ).to_dict()
    return vl_convert.vegalite_to_svg(spec)
