"""The parameters of the notebooks: their names, their values in the committed notebooks, and their cell."""

import ast
import re
from collections.abc import Mapping

from nbformat import NotebookNode

from custlib.errors import UsageError
from custlib.settings import nearest

# What a committed notebook was run with; a notebook has the parameters that it uses.
DEFAULTS = {"company": "sample", "month": "latest", "settings": "", "results_folder": "", "published": ""}

# papermill reads a line of this form only: one value, then help.
LINE = re.compile(
    r"""(?P<name>[a-z_]+): str = (?P<value>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')(?P<help>  # \S.*)?"""
)


def parameters_cell(notebook: NotebookNode) -> NotebookNode | None:
    """Give the cell tagged ``parameters``, or None."""
    tagged = (cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    return next(tagged, None)


def parameters_of(notebook: NotebookNode) -> dict[str, str]:
    """Read the names and values of a notebook's parameters.

    Raises
    ------
    UsageError
        When there is no such cell, or a line is of another form than papermill reads.
    """
    cell = parameters_cell(notebook)
    if cell is None:
        raise UsageError("no cell is tagged 'parameters'")
    found = {}
    for line in cell.source.splitlines():
        read = LINE.fullmatch(line)
        if read is None:
            raise UsageError(
                f'the parameters cell holds {line!r}\n  each line reads: name: str = "value"  # help'
            )
        found[read["name"]] = ast.literal_eval(read["value"])
    return found


def fill(notebook: NotebookNode, values: Mapping[str, str]) -> None:
    """Write values into a notebook's parameters cell; the help beside each stays.

    Raises
    ------
    UsageError
        When the notebook has no such parameter, with the nearest that it has.
    """
    known = parameters_of(notebook)
    for name in values:
        if name not in known:
            raise UsageError(f"the notebook has no parameter {name!r}{nearest(name, known)}")
    cell = parameters_cell(notebook)
    assert cell is not None
    lines = []
    for line in cell.source.splitlines():
        read = LINE.fullmatch(line)
        assert read is not None
        value = repr(values[read["name"]]) if read["name"] in values else read["value"]
        lines.append(f"{read['name']}: str = {_quoted(value)}{read['help'] or ''}")
    cell.source = "\n".join(lines)


def _quoted(literal: str) -> str:
    """Prefer double quotes, as the notebooks are formatted."""
    plain = literal[1:-1]
    return f'"{plain}"' if literal[0] == "'" and '"' not in plain and "\\" not in plain else literal
