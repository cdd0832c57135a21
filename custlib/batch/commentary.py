"""What a person has to say about a month: a Markdown file, shown as it is meant and never as markup.

``commentary/<company>/<month>.md``, else ``commentary/<month>.md``, beside the working folder or else
in the repository. Its front matter names who wrote it and when.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from markupsafe import Markup

from custlib.errors import UsageError
from custlib.settings import nearest, read_mapping

FOLDER = "commentary"
REPOSITORY = Path(__file__).resolve().parents[2]
NAMES = ("author", "date", "company")
LONGEST = 20_000

_FENCE = re.compile(r"---[ \t]*")
_TEXT = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,100}")


@dataclass(frozen=True)
class Comment:
    """A comment on one month: who wrote it and when, its Markdown, and a digest of the whole file."""

    author: str
    date: date
    body: str
    hash: str
    where: str
    company: str = ""

    def noted(self) -> dict[str, str]:
        """Give what the manifest says of it."""
        return {"author": self.author, "date": self.date.isoformat(), "hash": self.hash, "file": self.where}

    @property
    def markup(self) -> Markup:
        """The text as it stands on the page."""
        from custlib.batch.prose import comment_markup  # loads what renders Markdown

        return Markup(comment_markup(self.body))


def folders(chosen: Path | None) -> list[Path]:
    """List where comments are looked for, the first one first.

    Raises
    ------
    UsageError
        When a folder was named and is not there.
    """
    if chosen is None:
        here = [Path.cwd() / FOLDER, REPOSITORY / FOLDER]
        return [place for place in dict.fromkeys(here) if place.is_dir()]
    if not chosen.is_dir():
        raise UsageError(f"{chosen} is not a folder\n  --commentary names the folder that holds <month>.md")
    return [chosen]


def find_comment(
    company: str, month: str, places: Sequence[Path], say: Callable[[str], None] = lambda text: None
) -> Comment | None:
    """Find the comment on a company's month; None when nobody wrote one.

    Parameters
    ----------
    places
        From `folders`; the first file that is not another company's is taken.
    say
        Told of a file that is left aside because it names another company.

    Raises
    ------
    UsageError
        Names the file, the line and the rule.
    """
    for place in places:
        for name in (f"{company}/{month}.md", f"{month}.md"):
            path = place / name
            if not path.is_file():
                continue
            comment = read_comment(path, f"{place.name}/{name}")
            if comment.company in ("", company):
                return comment
            say(f"{comment.where} is a comment on {comment.company}, so it is not shown")
    return None


def read_comment(path: Path, where: str) -> Comment:
    """Read one comment; UsageError names the file and the line that is wrong."""
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{where}: not UTF-8 text\n  save it as UTF-8") from None
    except OSError as error:
        raise UsageError(f"{where}: cannot be read ({error.strerror})") from None
    lines = text.splitlines()
    if not lines or not _FENCE.fullmatch(lines[0]):
        raise UsageError(f"{where}: line 1: a comment begins with a line ---\n{_EXAMPLE}")
    end = next((at for at, line in enumerate(lines[1:], start=1) if _FENCE.fullmatch(line)), None)
    if end is None:
        raise UsageError(f"{where}: line {len(lines)}: no second line --- ends the front matter\n{_EXAMPLE}")
    written = _front_matter(lines[1:end], where)
    body = "\n".join(lines[end + 1 :]).strip()
    if not body:
        raise UsageError(f"{where}: line {end + 1}: nothing is written below the front matter")
    if len(body) > LONGEST:
        raise UsageError(f"{where}: {len(body):,} characters are too long for page one; {LONGEST:,} at most")
    digest = hashlib.sha256(content).hexdigest()[:16]
    return Comment(
        written["author"], written["date"], body, digest, where, company=str(written.get("company") or "")
    )


_EXAMPLE = "  for example\n  ---\n  author: A. Meyer\n  date: 2026-07-03\n  ---"


def _front_matter(lines: list[str], where: str) -> dict[str, Any]:
    def line(name: str) -> int:
        """Give the line a name stands in, else the first one."""
        return next(
            (at for at, text in enumerate(lines, start=2) if re.match(rf"{re.escape(name)}\s*:", text)), 1
        )

    try:
        # The line above stands for the first ---, so that YAML counts lines as the file does.
        written = read_mapping("\n".join(["", *lines]), where)
    except UsageError as error:
        # YAML's own lines are counted; a date that does not exist is the one mistake without any.
        said = str(error)
        raise (
            error if " line " in said else UsageError(said.replace(": ", f": line {line('date')}: ", 1))
        ) from None
    for name in written:
        if name not in NAMES:
            raise UsageError(f"{where}: line {line(name)}: unknown name {name!r}{nearest(name, NAMES)}")
    for name in ("author", "date"):
        if written.get(name) is None:
            raise UsageError(f"{where}: line {line(name)}: {name} is missing\n{_EXAMPLE}")
    if not isinstance(written["date"], date):
        raise UsageError(f"{where}: line {line('date')}: date must be a day written as YYYY-MM-DD")
    for name in ("author", "company"):
        value = written.get(name)
        if value is not None and not (isinstance(value, str) and _TEXT.fullmatch(value.strip())):
            raise UsageError(
                f"{where}: line {line(name)}: {name} must be a text of one line, 100 characters at most"
            )
    return {name: value.strip() if isinstance(value, str) else value for name, value in written.items()}
