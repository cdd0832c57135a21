"""Charts: each function turns a small table into one `Chart` with its four texts and its table."""

from custlib.present.charts.bars import bars, paired_bars
from custlib.present.charts.chart import Chart, Words
from custlib.present.charts.flows import bridge, in_and_out
from custlib.present.charts.layers import layers
from custlib.present.charts.lines import curves, lines
from custlib.present.charts.panels import steps
from custlib.present.charts.sparkline import sparkline

__all__ = [
    "Chart", "Words", "bars", "bridge", "curves", "in_and_out", "layers", "lines", "paired_bars", "sparkline", "steps",
]  # fmt: skip
