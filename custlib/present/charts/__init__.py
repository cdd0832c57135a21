"""Charts: each function turns a small table into one `Chart` with its four texts and its table."""

from custlib.present.charts.bars import bars, paired_bars
from custlib.present.charts.between import between
from custlib.present.charts.calibration import calibration
from custlib.present.charts.chart import Chart, Words
from custlib.present.charts.control import control
from custlib.present.charts.cumulative import cumulative
from custlib.present.charts.fields import fields
from custlib.present.charts.flows import bridge, in_and_out
from custlib.present.charts.heat import heat
from custlib.present.charts.hurdle import hurdle
from custlib.present.charts.layers import layers
from custlib.present.charts.lines import curves, lines
from custlib.present.charts.mirrored import mirrored
from custlib.present.charts.panels import steps
from custlib.present.charts.ranges import ranges
from custlib.present.charts.scale import scale
from custlib.present.charts.sparkline import sparkline
from custlib.present.charts.stacked import stacked
from custlib.present.charts.tracking import tracking

__all__ = [
    "Chart", "Words", "bars", "between", "bridge", "calibration", "control", "cumulative", "curves", "fields", "heat", "hurdle", "in_and_out", "layers", "lines",
    "mirrored", "paired_bars", "ranges", "scale", "sparkline", "stacked", "steps", "tracking",
]  # fmt: skip
