"""What a drawn figure holds: each text with its box, so that tests see what a reader would."""

import io
from itertools import combinations

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from custlib.present.charts.pictures import house_style


def drawn(figure: Figure) -> list[tuple[str, Bbox]]:
    """Give each text that drawing the figure puts on it, with its box."""
    texts = {}
    draw = Text.draw

    def record(text, renderer):
        if text.get_visible() and text.get_text().strip():
            texts[text] = (text.get_text(), Text.get_window_extent(text, renderer))
        draw(text, renderer)

    with pytest.MonkeyPatch.context() as patch, house_style():
        patch.setattr(Text, "draw", record)
        figure.savefig(io.BytesIO(), format="png", dpi=figure.dpi)
    return list(texts.values())


def assert_nothing_is_lost(figure: Figure) -> None:
    """Assert that no text is cut off or lies on another."""
    texts = drawn(figure)
    assert texts
    for said, box in texts:
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1, said
    for (said, box), (other, behind) in combinations(texts, 2):
        assert not Bbox.intersection(box.padded(-1), behind.padded(-1)), (said, other)


def png_size(image: bytes) -> tuple[int, int]:
    """Read a picture's width and height in pixels."""
    return int.from_bytes(image[16:20], "big"), int.from_bytes(image[20:24], "big")
