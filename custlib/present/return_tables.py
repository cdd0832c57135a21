"""The Return on Customer page's tables, laid out so that whoever adds up what is printed comes to what is printed.

Money of the ledger and of the statement stands to the cent. Lines are rounded one by one, so that a line of the rounding
follows them; a line by status is rounded as a whole, and the largest of its parts takes what rounding them leaves.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from types import SimpleNamespace
from typing import Any

import pandas as pd

from custlib.measure.equity import Estimate
from custlib.periods import month_name, month_text
from custlib.present import wording
from custlib.present.numbers import (
    Writer,
    count,
    exact_writer,
    money_interval,
    percent,
    signed,
    text,
    writer,
)
from custlib.present.tables import Table, table
from custlib.present.wording.returns import known, with_interval

Columns = dict[str, tuple[str, Writer]]
_CENT = Decimal("0.01")
_SPANS = {1: "the month", 12: "12 months"}


def cents(value: Any) -> Decimal:
    """Round an amount to the cent, as it is printed."""
    return wording.ledger.exact(value).quantize(_CENT, rounding=ROUND_HALF_UP)


def _parts(found: Any, line: str) -> list[tuple[str, Decimal]]:
    """Round the amounts of a line by status so that they add up to the line as it is rounded: the largest takes the rest.

    Raises
    ------
    ValueError
        When they are apart by more than rounding.
    """
    parts = [(status, cents(amount)) for status, amount in wording.ledger.parts(found, line)]
    rest = cents(wording.ledger.total(found, line)) - sum((amount for _, amount in parts), Decimal(0))
    if abs(rest) > _CENT * len(parts):
        raise ValueError(f"{line} of {wording.ledger.span(found)}: its parts leave {rest} over")
    largest = max(range(len(parts)), key=lambda place: abs(parts[place][1]), default=None)
    return [
        (status, amount + rest if place == largest else amount)
        for place, (status, amount) in enumerate(parts)
    ]


def ledger(found: Any, currency: str) -> Table:
    """Lay a ledger out: opening, restatement, lines, rounding, closing; who made the surprises beside them, by status.

    The last column adds up from the opening to the closing, and the one before it to each line. Where the first month is a
    January, all that is restated is so at the opening, and returns are on the opening after it: it is a line then, of the two.

    Raises
    ------
    ValueError
        When they do not: no ledger is printed that does not foot.
    """
    said = wording.ledger
    rows: list[tuple[str, Decimal | None, Decimal | None]] = []

    def add(label: str, amount: Any) -> None:
        rows.append((label, None, cents(amount)))

    begin = [(f"Opening, {said.end(found.opening_month)}", cents(found.opening))]
    if found.restatement:
        begin.append((said.NAMES[said.RESTATEMENT], cents(found.restatement)))
    if said.new_at_opening(found):
        rows += [(label, amount, None) for label, amount in begin]
        rows.append((said.ON_NEW_BASIS, None, sum((amount for _, amount in begin), Decimal(0))))
    else:
        rows += [(label, None, amount) for label, amount in begin]
    for line in said.LINES:
        if line not in said.SURPRISES:
            add(said.NAMES[line], said.total(found, line))
            continue
        rows += [(f"{line.capitalize()}: {status}", amount, None) for status, amount in _parts(found, line)]
        add(said.NAMES[line], said.total(found, line))
    closing = cents(found.closing)
    rest = closing - sum((amount for _, _, amount in rows if amount is not None), Decimal(0))
    if abs(rest) > _CENT * len(found.lines) + abs(wording.ledger.exact(found.residual)):
        raise ValueError(
            f"ledger of {said.span(found)}: its lines leave {rest} over, which is more than rounding"
        )
    rows.append((said.ROUNDING, None, rest))
    rows.append((f"Closing, {said.end(found.closing_month)}", None, closing))
    money = exact_writer(currency)
    columns: Columns = {
        "line": ("Line", str),
        "part": ("Of it", money),
        "amount": (f"Amount in {currency}", money),
    }
    frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
    return table(
        frame,
        name=f"ledger-{found.months}",
        title=f"Customer equity ledger, {said.span(found)}",
        columns=columns,
        blank=["part", "amount"],
    )


def statuses(found: Any, currency: str) -> Table:
    """Lay what came otherwise than expected out by status: survival, frequency, spend and their sum, which foot both ways."""
    said = wording.ledger
    parts = {line: dict(_parts(found, line)) for line in said.SURPRISES}
    names = list(dict.fromkeys(status for amounts in parts.values() for status in amounts))
    grid = [[parts[line].get(status, Decimal(0)) for line in said.SURPRISES] for status in names]
    whole = [sum(column, Decimal(0)) for column in zip(*grid, strict=True)]
    told = [*zip(names, grid, strict=True), ("all", whole)]
    rows = [(status.capitalize(), *amounts, sum(amounts, Decimal(0))) for status, amounts in told]
    money = exact_writer(currency)
    columns: Columns = {
        "status": ("Customers", str),
        **{line: (line.capitalize(), money) for line in said.SURPRISES},
        "sum": ("Together", money),
    }
    frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
    title = f"Otherwise than expected in {currency}, {said.span(found)}"
    return table(frame, name=f"ledger-statuses-{found.months}", title=title, columns=columns)


def statement(row: Any, found: Any, currency: str, word: str) -> Table:
    """Lay the way from margin to value created out, each amount the sum of those above it.

    Parameters
    ----------
    row
        The return of the same months as the ledger `found`.
    """
    said = wording.ledger
    margin, cost = cents(row.margin), cents(row.acquisition_cost)
    profit = margin - cost
    change = cents(found.closing) - cents(found.opening) - cents(found.restatement)
    unwinding, expected = cents(said.total(found, said.UNWINDING)), -cents(said.total(found, said.EXPECTED))
    rows = [
        (f"{word.capitalize()} of the period", margin),
        ("Less: winning new customers", None if row.acquisition_cost is None else -cost),
        ("Profit", profit),
        ("Customer equity, closing less opening", cents(found.closing) - cents(found.opening)),
        ("Less: restatement, no part of the return", -cents(found.restatement)),
        ("Profit and change of customer equity", profit + change),
        ("Less: what had to be earned (unwinding)", -unwinding),
        (
            "Beyond what had to be earned"
            + (", before what winning new ones cost" if row.acquisition_cost is None else ""),
            profit + change - unwinding,
        ),
        (f"Beside it: {word} expected of customers known at the beginning of each month", expected),
        (f"Beside it: {word} beyond that, new customers' included", margin - expected),
    ]
    columns: Columns = {"item": ("Item", str), "amount": (f"Amount in {currency}", exact_writer(currency))}
    frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
    title = f"From {word} to value created, {said.span(found)}"
    return table(frame, name=f"statement-{row.months}", title=title, columns=columns)


_RATES = (
    ("literal", "Return, by the article's formula"),
    ("closed", "Return of the customers known at the beginning of each month"),
    ("acquisition", "Added by winning new ones: their first month and value at its end"),
    ("total", "Return of all customers"),
    ("hurdle", "Hurdle"),
)


def returns(found: Any) -> Table:
    """Lay the returns of the month and of twelve months out, with 95% intervals."""
    periods = sorted(found.returns, reverse=True)
    rows = []
    for name, label in _RATES:
        told = [wording.returns.told(getattr(found.returns[months], name), found) for months in periods]
        rows.append((label, *(_rate(each, with_sign=name == "acquisition") for each in told)))
    told = [wording.returns.told(found.returns[months].value_created, found) for months in periods]
    label = "Beyond the hurdle, not judged" if found.unsure else "Value created"
    if not all(map(wording.returns.everybody, found.returns.values())):
        label += ", without new ones where their cost is not known"
    rows.append((label, *(_created(each, found.currency) for each in told)))
    columns: Columns = {"what": ("Figure (95% interval)", str)}
    columns |= {
        f"m{months}": (_SPANS.get(months, f"{months} months").capitalize(), str) for months in periods
    }
    frame = pd.DataFrame(rows, columns=list(columns))
    return table(frame, name="returns", title="Return on Customer against its hurdle", columns=columns)


def _rate(found: Estimate, *, with_sign: bool) -> str:
    if not known(found.value):
        return "not available"
    return with_interval(found, lambda value: signed(value, _two) if with_sign else _two(value))


def _two(value: Any) -> str:
    return percent(value, 2)


def _created(found: Estimate, currency: str) -> str:
    """Write value created with its sign and its interval."""
    if not known(found.value):
        return "not available"
    written = signed(found.value, writer(currency))
    if not known(found.low) or found.low == found.high:
        return written
    return f"{written} ({money_interval(found.low, found.high, currency)})"


def fields(history: pd.DataFrame, currency: str) -> Table:
    """Lay profit, return and field out by month, the latest first; months without a twelve-month return stay away."""
    shown = history[history.roc_12.notna()].iloc[::-1] if len(history) else history
    money = writer(currency)
    frame = shown.assign(
        month=[month_text(month) for month in shown.month], quadrant=[_field(each) for each in shown.quadrant]
    )
    columns: Columns = {
        "month": ("12 months to", str),
        "profit_12": ("Profit", money),
        "profit_12_before": ("A year earlier", money),
        "roc_12": ("Return", percent),
        "hurdle_12": ("Hurdle", percent),
        "value_created_12": ("Value created", lambda value: signed(value, money)),
        "quadrant": ("Field", str),
    }
    title = "Profit against a year earlier and return against the hurdle, by month"
    return table(frame, name="fields", title=title, columns=columns)


def _field(value: Any) -> str:
    return text(value) if isinstance(value, str) and value else "not available"


def segments(frame: pd.DataFrame, dimension: str, currency: str) -> Table:
    """Lay the segments of a dimension out, the one that created most first; hidden ones stay away."""
    by, money = dimension.replace("_", " "), writer(currency)
    shown = wording.quadrants.shown(frame)
    shown = shown.sort_values("value_created", ascending=False, kind="stable") if len(shown) else shown
    shown = shown.assign(
        made=[_return_of(*parts) for parts in _columns(shown, "roc", "low", "high")],
        whole=[
            _return_of(*parts) for parts in _columns(shown, "total", "total_low", "total_high", "new_hidden")
        ],
        moves=[_shown(moved, lambda value: signed(value, money)) for moved in shown.get("reclassified", [])],
        end=[_shown(value, money) for value in shown.get("closing", [])],
        value=[
            _created(Estimate(*map(_some, parts)), currency)
            for parts in _columns(shown, "value_created", "value_low", "value_high")
        ],
        quadrant=[_field(each) for each in shown.get("quadrant", [])],
    )
    columns: Columns = {
        "segment": (by.capitalize(), str),
        "customers": ("Customers", count),
        "opening": ("Opening", money),
        "moves": ("Moves", str),
        "end": ("Closing", str),
        "made": ("Return, customers known at the beginning of each month (95% interval)", str),
        "whole": ("Return of all (95% interval)", str),
        "hurdle": ("Hurdle", percent),
        "value": ("Value created (95% interval)", str),
        "quadrant": ("Field", str),
    }
    title = f"Return on Customer and value created by {by}"
    missing = [name for name in columns if name not in shown]
    shown = shown.assign(**{name: pd.Series(dtype=object) for name in missing})
    return table(shown, name=f"returns-{_plain(dimension)}", title=title, columns=columns)


def segment_ledger(found: Any, dimension: str, currency: str) -> Table:
    """Lay the ledger out by segment: each column adds up from opening to closing, each row to the ledger of all.

    A row is rounded as a whole, as in the ledger of all, and the largest of its cells takes what rounding them leaves. Segments
    of which anything is hidden stand together in one column, without names, so that rows add up.

    Raises
    ------
    ValueError
        When the segments do not add up to the ledger of all, or one does not foot.
    """
    said, lines = wording.ledger, found.segment_lines.get(dimension, pd.DataFrame())
    book, by = said.longest(found), dimension.replace("_", " ") or "segment"
    title = "Customer equity ledger by " + by + ("" if book is None else f", {said.span(book)}")
    name = f"segment-ledger-{_plain(dimension)}"
    if book is None or not len(lines):
        return table(pd.DataFrame(columns=["Line", "All"]), name=name, title=title)
    wide = lines.pivot(index="segment", columns="line", values="amount").loc[lines.segment.unique()]
    told, beside = wide[wide.notna().all(axis=1)], found.segments.get(dimension, pd.DataFrame())
    some = len(told) < len(wide) or bool(len(beside) and beside.hidden.any())
    rows = {label: _across(cells, whole, some=some) for label, cells, whole in _segment_rows(book, told)}
    closing = rows.popitem()
    rest = [
        column[-1] - sum(column[:-1], Decimal(0)) for column in zip(*rows.values(), closing[1], strict=True)
    ]
    if any(abs(each) > _CENT * len(rows) * len(lines) for each in rest):
        raise ValueError(f"{title}: a segment does not add up to its closing")
    rows |= {said.ROUNDING: rest, closing[0]: closing[1]}
    heads = ["line", *map(str, told.index), *(["Not shown"] if some else []), "All"]
    names = [f"s{place}" for place in range(len(heads))]
    frame = pd.DataFrame([(label, *cells) for label, cells in rows.items()], columns=names, dtype=object)
    money = exact_writer(currency)
    columns: Columns = {"s0": (f"Amount in {currency}", str)}
    columns |= {each: (head, money) for each, head in zip(names[1:], heads[1:], strict=True)}
    return table(frame, name=name, title=title, columns=columns)


def _segment_rows(book: Any, lines: pd.DataFrame) -> list[tuple[str, Any, Decimal]]:
    """Give the rows of a ledger by segment: label, amounts by segment, and the amount of all."""
    said = wording.ledger
    rows = [(f"Opening, {said.end(book.opening_month)}", lines.opening, cents(book.opening))]
    if book.restatement:
        rows.append((said.NAMES[said.RESTATEMENT], lines.restatement, cents(book.restatement)))
    rows += [(said.NAMES[line], lines[line], cents(said.total(book, line))) for line in said.LINES]
    rows.append(("Moves between segments", lines.reclassified, Decimal(0)))
    rows.append((f"Closing, {said.end(book.closing_month)}", lines.closing, cents(book.closing)))
    return rows


def _across(amounts: Any, whole: Decimal, *, some: bool) -> list[Decimal]:
    """Round a row so that its cells add up to the whole: cells, what is not shown where that is so of `some`, the whole."""
    cells = [cents(amount) for amount in amounts]
    rest = whole - sum(cells, Decimal(0))
    if some:
        return [*cells, rest, whole]
    if abs(rest) > _CENT * len(cells):
        raise ValueError(f"ledger of {len(cells)} segments: a row of them leaves {rest} over")
    largest = max(range(len(cells)), key=lambda place: abs(cells[place]))
    return [*(cell + rest if place == largest else cell for place, cell in enumerate(cells)), whole]


def _columns(frame: pd.DataFrame, *names: str) -> list[tuple[Any, ...]]:
    """Give the rows of some columns; none where there are no rows."""
    return list(zip(*(frame[name] for name in names), strict=True)) if len(frame) else []


def _some(value: Any) -> float | None:
    return float(value) if known(value) else None


def _shown(value: Any, write: Writer) -> str:
    """Write an amount that is withheld where it would tell of few."""
    return write(value) if known(value) else "not shown"


def _return_of(value: Any, low: Any, high: Any, withheld: Any = False) -> str:
    """Write a segment's return with its interval; of next to nothing at the opening it is not meaningful."""
    found = Estimate(*map(_some, (value, low, high)))
    if withheld:
        return "not shown"
    return "not meaningful" if found.value is None else with_interval(found)


def _plain(dimension: str) -> str:
    """Make a name for an HTML id of a column's name."""
    return "".join(letter if letter.isalnum() else "-" for letter in dimension.lower()).strip("-")


def reconciliation(found: Any) -> Table:
    """Lay the ledger's closing beside equity fitted again, and reconcile it with the page of customer equity."""
    ledger_, currency = wording.ledger.longest(found), found.currency
    closing = None if ledger_ is None else cents(ledger_.closing)
    gap = cents(found.model_difference) if known(found.model_difference) else None
    shown = None if closing is None or gap is None else closing + gap
    when = "" if found.basis_month is None else f", by the basis of {month_name(found.basis_month)}"
    rows = [
        (f"Closing of the ledger{when}", closing),
        ("Model, horizon and fit of the other page", gap),
        ("Total on the page of customer equity", shown),
        (
            "Beside it: fitted again today, all months to come",
            None if not known(found.refitted.value) else cents(found.refitted.value),
        ),
    ]
    columns: Columns = {
        "item": ("Customer equity", str),
        "amount": (f"Amount in {currency}", exact_writer(currency)),
    }
    frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
    title = "Customer equity by the basis, by the other page, and fitted again"
    return table(frame, name="reconciliation", title=title, columns=columns)


def joiners(frame: pd.DataFrame, currency: str) -> Table:
    """Lay the cost of winning a customer out beside what one brings and when it is earned back, by channel."""
    money = writer(currency)
    known_cost = len(frame) and not frame.cost.isna().all()
    shown = frame.assign(
        segment=["All" if name == wording.won_and_lost.ALL else name for name in frame.segment],
        worth=[
            with_interval(Estimate(*parts), money) if known(parts[0]) else "not available"
            for parts in zip(*(frame[name] for name in ("value", "low", "high")), strict=True)
        ],
        net=[_left(row) for row in frame.to_dict("records")],
        payback=[_payback(row) for row in frame.to_dict("records")],
    )
    columns: Columns = {
        "segment": ("Won by", str),
        "customers": ("Customers", count),
        "cost": ("Cost of one", money),
        "first_month": ("In the first month", money),
        "worth": ("Then worth (95% interval)", str),
        "net": ("Left of one", lambda value: signed(value, money)),
        "payback": ("Earned back after", str),
    }
    if not known_cost:
        columns = {name: column for name, column in columns.items() if name not in ("cost", "net", "payback")}
    title = "Customers won in the latest 12 months: cost against what they bring, per customer"
    return table(shown, name="acquisition", title=title, columns=columns)


def _left(row: Any) -> float:
    """Give what is left of a customer won: the first month and the value at its end, less cost; NaN where one is not known."""
    if not known(row.get("cost")) or not known(row.get("value")):
        return float("nan")
    return float(row["value"]) + wording.won_and_lost.first_month(SimpleNamespace(**row)) - float(row["cost"])


def _payback(row: Any) -> str:
    if not known(row.get("cost")):
        return "not available"
    months = row.get("payback")
    if not known(months):
        return "not in the months seen"
    return wording.people(int(months), "month") if months else "in the month itself"


def sensitivity(found: Any) -> Table:
    """Lay the return out under other rates and margins, after those it was worked out with."""
    months = wording.returns.period(found)
    rows: list[Sequence[Any]] = []
    if months is not None:
        row = found.returns[months]
        made = wording.returns.base(row)
        rows.append(("as worked out", "", made.value, row.hurdle.value, row.value_created.value))
    told = wording.return_basis.sensitivity_rows(found.sensitivity)
    rows += [
        (row.assumption, row.setting, row.roc, row.hurdle, row.value_created) for row in told.itertuples()
    ]
    money = writer(found.currency)
    columns: Columns = {
        "assumption": ("Assumed", lambda value: text(value).capitalize()),
        "setting": ("Instead", str),
        "roc": ("Return", _two),
        "hurdle": ("Hurdle", _two),
        "value_created": ("Value created", lambda value: signed(value, money)),
    }
    frame = pd.DataFrame(rows, columns=list(columns))
    return table(
        frame, name="sensitivity", title="Return on Customer under other assumptions", columns=columns
    )
