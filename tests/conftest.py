"""What every test may use: paths, the public data sets, a browser; and no skipping unseen."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MUST_RUN = pytest.StashKey[tuple[str, ...]]()
CHROMIUM_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_configure(config: pytest.Config) -> None:
    """Begin with an empty cache, and read which tests may not be skipped from the file CUSTLIB_MUST_RUN names.

    The cache is set here, not in a fixture, so that the kernels of notebooks under test share it.
    """
    cache = tempfile.TemporaryDirectory(prefix="custlib-cache-", ignore_cleanup_errors=True)
    os.environ["CUSTLIB_CACHE"] = cache.name
    config.add_cleanup(cache.cleanup)
    named = os.environ.get("CUSTLIB_MUST_RUN")
    lines = (ROOT / named).read_text().splitlines() if named else []
    config.stash[MUST_RUN] = tuple(s for line in lines if (s := line.strip()) and not s.startswith("#"))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse a run that collects none of a test that must run."""
    for name in config.stash[MUST_RUN]:
        if not any(item.nodeid.startswith(name) for item in items):
            raise pytest.UsageError(
                f"{os.environ['CUSTLIB_MUST_RUN']} lists {name}, which is no test of this run"
            )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """Fail a test that must run and was skipped."""
    report = yield
    if report.skipped and item.nodeid.startswith(item.config.stash[MUST_RUN]):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{os.environ['CUSTLIB_MUST_RUN']} says that this test must run; {reason}"
    return report


@pytest.fixture(scope="session")
def root() -> Path:
    """Give the repository's folder."""
    return ROOT


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give one test an empty cache of its own; without it a run's tests share one."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("CUSTLIB_CACHE", str(folder))
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Give the folder of public data sets beside the repository; skip where there is none."""
    folder = Path(os.environ.get("CUSTLIB_SHARED", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no public data sets in {folder}; set CUSTLIB_SHARED")
    return folder.resolve()


@pytest.fixture(scope="session")
def online_retail_folder(shared_data: Path) -> Iterator[Path]:
    """Let ``companies/online_retail.yaml`` find its file; skip where the data set is not there."""
    folder = shared_data / "online_retail"
    if not folder.is_dir():
        pytest.skip(f"no online_retail in {shared_data}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ONLINE_RETAIL_FOLDER", str(folder))
        yield folder


@pytest.fixture
def chromium(tmp_path: Path):
    """Start a headless Chromium whose every request is logged; skip where it is not installed."""
    binary = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not binary or not driver:
        pytest.skip("chromium and chromedriver are not installed (Debian: chromium, chromium-driver)")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in (*CHROMIUM_FLAGS, f"--user-data-dir={tmp_path / 'chromium'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=driver))
    try:
        browser.get("about:blank")
        for log in ("browser", "performance"):
            browser.get_log(log)  # what the browser's own first page asked for
        browser.execute_cdp_cmd("Network.enable", {})
        browser.execute_cdp_cmd(
            "Network.emulateNetworkConditions",
            {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0},
        )
        yield browser
    finally:
        browser.quit()
