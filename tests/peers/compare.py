"""Let other packages fit the CDNOW sample, each in an environment of its own, and keep what they found.

`make peers` builds the environments and runs this; it writes figures.json.
"""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from tests.measure.clv import cdnow

HERE = Path(__file__).resolve().parent
ENVIRONMENTS = HERE.parents[1] / ".venv-peers"
FIGURES = HERE / "figures.json"
PEERS = ("pymc_marketing", "lifetimes")
# Patterns asked about, and for how many weeks ahead: the paper's own first.
ASKED = pd.DataFrame(
    [
        (2, 30.43, 38.86, 39),
        (0, 0.0, 38.86, 39),
        (1, 2.0, 30.0, 26),
        (12, 35.0, 36.0, 52),
        (29, 38.0, 38.86, 104),
    ],
    columns=["x", "t_x", "T", "weeks"],
)


def python_of(peer: str) -> Path:
    """Give the Python of a peer's environment, whether it is there or not."""
    return ENVIRONMENTS / peer / "bin" / "python"


def ask(peer: str) -> dict[str, Any]:
    """Let a peer fit the sample."""
    with tempfile.TemporaryDirectory() as folder:
        customers, asked, out = (Path(folder) / name for name in ("customers.csv", "asked.csv", "found.json"))
        cdnow.customers().rename_axis("customer_id").to_csv(customers)
        ASKED.rename_axis("customer_id").to_csv(asked)
        script = str(HERE / f"fit_{peer}.py")
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        command = [str(python_of(peer)), script, str(customers), str(asked), str(out)]
        subprocess.run(command, check=True, env=environment, cwd=folder, capture_output=True)
        found: dict[str, Any] = json.loads(out.read_text())
    return found


def main() -> None:
    """Ask every peer, and write what they say to nine digits."""
    found = {peer: ask(peer) for peer in PEERS}
    rounded = json.loads(json.dumps(found), parse_float=lambda text: float(f"{float(text):.9g}"))
    FIGURES.write_text(json.dumps(rounded, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
