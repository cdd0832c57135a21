"""A folder as a stranger might send it: everything about it is a little wrong, and all of it is legible.

Latin-1, semicolons, decimal commas with points between thousands, dd/mm/yyyy, ids with leading zeros;
two years in two files whose columns differ in name and number; returns, guests, repeated rows, empty
lines, a workbook of customers, and a note nobody should take for a table.
"""

import random
from datetime import date, datetime, timedelta
from pathlib import Path

import openpyxl

FIRST_DAY, LAST_DAY = date(2024, 7, 1), date(2026, 6, 30)
_ARTICLES = ("Töpfe", "Blumenerde; 20 l", "Gießkanne", 'Schere "Profi"', "Äpfel")


def write(folder: Path, *, customers: int = 80, seed: int = 7) -> None:
    """Write the folder; the same seed gives the same bytes, save for the workbook's own time stamps."""
    folder.mkdir(parents=True)
    rows = sorted(purchases(customers=customers, seed=seed), key=lambda row: row[1])
    old = [row for row in rows if row[1].year < 2026]
    new = [row for row in rows if row[1].year == 2026]
    _csv(
        folder / "Verkäufe 2024-2025.csv",
        ["KundenNr", "Belegdatum", "Umsatz EUR", "Artikel"],
        old,
        lambda row: row[:4],
    )
    _csv(
        folder / "Verkäufe 2026.csv",
        ["Kunde", "Belegdatum", "Filiale", "Umsatz EUR", "Artikel"],
        new,
        lambda row: (row[0], row[1], row[4], row[2], row[3]),
    )
    book = openpyxl.Workbook()
    book.active.append(["Kunde", "Kunde seit", "Werbeweg"])
    for number in range(customers):
        since = FIRST_DAY + timedelta(days=number * 5) if number % 3 else date(2019, 5, 1)
        book.active.append(
            [_id(number), datetime(since.year, since.month, since.day), ("Messe", "Web", None)[number % 3]]
        )
    book.save(folder / "Kundenliste.xlsx")
    (folder / "LIESMICH.md").write_text("Bitte vertraulich behandeln.")


def _id(number: int) -> str:
    return f"{number:06d}"


def purchases(*, customers: int = 80, seed: int = 7) -> list[tuple]:
    """Give what the files hold: customer or nothing, day, amount, article, branch."""
    chance = random.Random(seed)
    rows = []
    for number in range(customers):
        day = FIRST_DAY + timedelta(days=number * 5 + chance.randrange(20))
        pause = chance.choice((12, 30, 75))
        while day <= LAST_DAY and chance.random() > 0.03:
            amount = round(chance.lognormvariate(3.2, 1.1), 2) * (-1 if chance.random() < 0.04 else 1)
            who = "" if chance.random() < 0.05 else _id(number)
            rows.append((who, day, amount, chance.choice(_ARTICLES), chance.choice(("Köln", "Bonn"))))
            if chance.random() < 0.02:
                rows.append(rows[-1])
            day += timedelta(days=1 + int(chance.expovariate(1 / pause)))
    rows += [("", LAST_DAY, 1234.5, _ARTICLES[0], "Bonn"), ("", FIRST_DAY, 1.0, _ARTICLES[0], "Bonn")]
    return rows


def _csv(file: Path, header: list[str], rows: list[tuple], order) -> None:
    lines = [";".join(header), *(";".join(_cell(value) for value in order(row)) for row in rows), "", ""]
    file.write_bytes("\r\n".join(lines).encode("latin-1"))


def _cell(value: object) -> str:
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, float):
        return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
    text = str(value)
    return '"' + text.replace('"', '""') + '"' if set(text) & {";", '"'} else text
