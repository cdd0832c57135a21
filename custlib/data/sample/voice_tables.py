"""What customers say and what the bank knows of itself, as Arrow tables."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from custlib.data.sample import house
from custlib.data.sample.arrow import dates, named, words
from custlib.data.sample.feedback import CONTACT_WAYS, PROMISES, STATUSES, Feedback, Promised
from custlib.data.sample.people import FIRST_MONTH, People
from custlib.data.sample.surveys import METRICS, Survey
from custlib.data.sample.talk import STAGE_OF, STAGES, expectations, texts
from custlib.data.sample.truth import Truth
from custlib.data.sample.voice import KINDS, THEMES
from custlib.periods import Month, add_months

_PRODUCTS = ("account", "package", "app", "savings", "card")
_FEES = THEMES.index("fees")


def surveys_table(rows: Survey, ids: pa.Array, truth: Truth) -> pa.Table:
    """Make one row per invitation or answer, by day and customer; score NULL where nobody answered."""
    rows = rows.take(np.lexsort((rows.metric, rows.who, rows.day)))
    # the data begin with a quarter; a word must not be in a list of words twice, or the file is not the same twice
    quarters = tuple(_wave(add_months(FIRST_MONTH, 3 * quarter)) for quarter in range(truth.months // 3 + 1))
    return pa.table(
        {
            "customer_id": named(ids, rows.who),
            "date": dates(rows.day),
            "metric": words(METRICS, rows.metric),
            "score": pa.array(rows.score.astype(np.int16), mask=rows.score < 0),
            "wave": words(quarters, rows.wave // 3, rows.wave < 0),
            "stage": words(STAGES, rows.stage, rows.stage < 0),
            "reason": pa.array(texts(rows.reason), pa.string()),
            "expectation": pa.array(expectations(rows.expectation), pa.string()),
        }
    )


def _wave(month: Month) -> str:
    return f"{month.year}-Q{(month.month + 2) // 3}"


def feedback_table(rows: Feedback, people: People, ids: pa.Array) -> pa.Table:
    """Make one row per thing said, by day; customer_id NULL where nobody knows who it was."""
    product = np.array([_PRODUCTS.index(name) if name else -1 for name in house.PRODUCT_OF])[rows.words.theme]
    packaged = (rows.words.theme == _FEES) & (rows.who >= 0) & people.package[rows.who]
    product = np.where(packaged, _PRODUCTS.index("package"), product)
    return pa.table(
        {
            "customer_id": named(ids, rows.who),
            "date": dates(rows.day),
            "kind": words(KINDS, rows.kind),
            "stage": words(STAGES, STAGE_OF[rows.words.theme]),
            "channel": words(CONTACT_WAYS, rows.way),
            "product": words(_PRODUCTS, product, product < 0),
            "verbatim": pa.array(texts(rows.words, rows.kind), pa.string()),
            "owner": _picked(house.OWNER_OF, rows.words.theme),
            "status": words(STATUSES, rows.status),
            "resolved_on": dates(rows.resolved, rows.resolved < 0),
        }
    ).take(pa.array(np.lexsort((rows.who, rows.day))))


def promises_table(rows: Promised, ids: pa.Array) -> pa.Table:
    """Make one row per promise, in the order in which they fall due within the month they were made."""
    return pa.table(
        {
            "customer_id": named(ids, rows.who),
            "promise": words(tuple(promise for promise, *_ in PROMISES), rows.promise),
            "due_on": dates(rows.due),
            "kept_on": dates(rows.kept, rows.kept < 0),
            "stage": _picked(tuple(stage for *_, stage in PROMISES), rows.promise),
        }
    )


def operations_table(seed: int, truth: Truth) -> pa.Table:
    """Make one row per month and metric of the bank's own work."""
    found, metrics = house.figures(seed, truth), house.METRICS
    month = np.repeat([_days(add_months(FIRST_MONTH, m)) for m in range(truth.months)], len(metrics))
    which = np.tile(np.arange(len(metrics)), truth.months)
    return pa.table(
        {
            "month": dates(month),
            "metric": words(tuple(m.name for m in metrics), which),
            "value": _decimal(found.ravel()),
            "minimum": _decimal(np.array([m.minimum for m in metrics])[which]),
            "better": _picked(tuple(m.better for m in metrics), which),
            "stage": _picked(tuple(m.stage for m in metrics), which),
            "owner": _picked(tuple(m.owner for m in metrics), which),
        }
    )


def lists(truth: Truth) -> dict[str, pa.Table]:
    """Make the lists that do not depend on chance: channels, products, events."""
    happened = house.events(truth)
    return {
        "channels": _listed(("channel", "name", "kind"), house.CHANNELS),
        "products": _listed(("product", "name", "owner", "group"), house.PRODUCTS),
        "events": pa.table({"date": [day for day, _ in happened], "text": [text for _, text in happened]}),
    }


def _picked(texts: tuple[str, ...], index: NDArray) -> pa.Array:
    """Give positions in a list that may hold a word twice, as words."""
    return pa.array(texts, pa.string()).take(pa.array(index))


def _listed(names: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> pa.Table:
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def _days(month: Month) -> int:
    return int(np.datetime64(month, "D").astype(np.int64))


def _decimal(values: NDArray) -> pa.Array:
    """Give figures as decimal(12, 4): exact, so that a mean of them is the same on every machine."""
    return pa.array([f"{value:.4f}" for value in values]).cast(pa.decimal128(12, 4))
