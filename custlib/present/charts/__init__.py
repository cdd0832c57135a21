"""Charts: each function turns a small table into one `Chart` with its four texts and its table."""

from custlib.present.charts.bars import bars, paired_bars
from custlib.present.charts.flows import bridge, in_and_out
from custlib.present.charts.frame import Chart
from custlib.present.charts.lines import lines
from custlib.present.charts.sparkline import sparkline

__all__ = ["Chart", "bars", "bridge", "in_and_out", "lines", "paired_bars", "sparkline"]
