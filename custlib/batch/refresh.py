"""Run the committed notebooks with their defaults and write their outputs back.

``python -m custlib.batch.refresh notebooks`` is what ``make notebooks`` calls. What it writes depends
on the cells and the data only - no times, no versions, no paths - so that a diff of the notebooks is a
diff of the figures.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from custlib.errors import CustlibError, RunFailed, UsageError

# papermill needs the kernel's name and language; everything else about the kernel varies by machine.
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
TIMEOUT_SECONDS = 600


def normalise(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Drop what varies from run to run, and give each cell an id that stays.

    A cell's id is kept when it has one and no earlier cell has the same; otherwise it is its place
    in the notebook. Tags are the only metadata of a cell that are kept.
    """
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    taken: set[str] = set()
    for place, cell in enumerate(notebook.cells):
        if not cell.get("id") or cell["id"] in taken:
            cell["id"] = f"cell-{place:02d}"
        taken.add(cell["id"])
        cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k == "tags" and v})
    return notebook


def run(path: Path) -> nbformat.NotebookNode:
    """Run one notebook as JupyterLab would, in its own folder and with its default parameters.

    Raises
    ------
    RunFailed
        Names the notebook, the cell and the error; the file is left as it was.
    """
    notebook = normalise(nbformat.read(path, as_version=4))
    client = NotebookClient(
        notebook,
        timeout=TIMEOUT_SECONDS,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
    )
    try:
        return normalise(client.execute())
    except CellExecutionError as error:
        counts = [cell.get("execution_count") or 0 for cell in notebook.cells if cell.cell_type == "code"]
        raise RunFailed(
            f"{path.name}: code cell [{max(counts, default=0)}] failed: {error.ename}: {error.evalue}\n"
            "  the file is unchanged; open it with `make lab` to look"
        ) from error


def refresh(folder: Path) -> list[Path]:
    """Run every notebook of a folder in reading order; return those whose file changed."""
    paths = sorted(folder.glob("*.ipynb"))
    if not paths:
        raise UsageError(f"{folder}: no notebooks\n  run this from the repository's folder")
    changed = []
    for path in paths:
        before = path.read_text(encoding="utf-8")
        after = nbformat.writes(run(path), version=4) + "\n"
        if after != before:
            path.write_text(after, encoding="utf-8")
            changed.append(path)
        print(f"{path.name}: {'changed' if after != before else 'as it was'}", flush=True)
    return changed


if __name__ == "__main__":
    try:
        refresh(Path(sys.argv[1] if len(sys.argv) > 1 else "notebooks"))
    except CustlibError as error:
        sys.exit(f"{error}")
