"""Published months for the page tests: a demonstration and the sample, each made once."""

from pathlib import Path

import pytest

from tests.batch.conftest import GOOD, SAVING, company_at, report_of, write_notebook

PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
DESKTOP = {"width": 1280, "height": 900, "deviceScaleFactor": 1, "mobile": False}
WIDE = """
wide = pd.DataFrame({{f"Measure number {{i}}": [i * 1000.5, 2] for i in range(12)}})
show_table(wide, name="wide", title="A table too wide for a phone")
"""


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory) -> Path:
    """Give a published month of a demonstration company."""
    folder = tmp_path_factory.mktemp("pages")
    write_notebook(folder / "notebooks", "00_first", GOOD, WIDE, saving=SAVING)
    report_of(company_at(folder), folder / "notebooks", folder / "reports")
    return folder / "reports" / "2026-06"


@pytest.fixture(scope="session")
def sample(reported) -> Path:
    """Give the published latest month of the sample company."""
    return reported("sample", "2026-06")


@pytest.fixture(params=["demonstration", "sample"])
def pages(request) -> list[Path]:
    """Give the pages of a published month, page one among them."""
    return sorted(request.getfixturevalue(request.param).glob("*.html"))


def look(browser, page: Path, device: dict) -> None:
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", device)
    browser.get(page.as_uri())
