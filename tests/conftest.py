"""What every test may use: paths, the public data sets, a browser; and no skipping unseen."""

import fcntl
import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parents[1]
MUST_RUN = pytest.StashKey[tuple[str, ...]]()
RUN = pytest.StashKey[Path]()
# The files that take longest begin first, so that no process is left with one of them at the end.
LONGEST = (
    "tests/test_companies_reported.py",
    "tests/test_late_row.py",
    "tests/month/test_ledger.py",
    "tests/batch/test_report.py",
    "tests/prepare/test_refresh_equals_rebuild.py",
    "tests/aggregate/test_twin.py",
    "tests/engines/test_spark.py",
    "tests/test_as_at.py",
    "tests/engines/test_postgres.py",
    "tests/month/test_value_segments.py",
    "tests/aggregate/test_aggregates.py",
    "tests/batch/test_kills.py",
    "tests/test_setup.py",
    "tests/month/test_nps.py",
    "tests/month/test_equity.py",
    "tests/pages/test_browser.py",
    "tests/aggregate/test_patterns.py",
    "tests/test_published_cohorts.py",
    "tests/month/test_behind.py",
    "tests/test_privacy.py",
    "tests/present/test_segment_charts.py",
    "tests/batch/test_concurrent.py",
    "tests/present/test_pictures.py",
    "tests/test_published_base.py",
    "tests/month/test_equity_edges.py",
    "tests/test_edges.py",
    "notebooks/",
)
# What is published of a company, in this order and to its latest month, for all tests that only read it.
PUBLISHED = {
    "sample": ("2025-06", "2026-06"),
    "cdnow": ("1998-06",),
    "online_retail": ("2011-11",),
    "nps_garden": ("2021-12",),
}
# The folder of the sample's tables, as only the environment knows it while its months are published.
SECRET = "hunter2-vault"
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
# What makes of a browser that a test has used a new one.
FRESH = {
    "Emulation.setScriptExecutionDisabled": {"value": False},
    "Emulation.setEmulatedMedia": {"media": ""},
    "Emulation.clearDeviceMetricsOverride": {},
    "Network.enable": {},
    "Network.emulateNetworkConditions": {
        "offline": True,
        "latency": 0,
        "downloadThroughput": 0,
        "uploadThroughput": 0,
    },
}


def pytest_configure(config: pytest.Config) -> None:
    """Begin with an empty cache, and read which tests may not be skipped from the file CUSTLIB_MUST_RUN names.

    The cache is set here, not in a fixture, so that the kernels of notebooks under test share it; processes that
    share the tests get it from the one that started them.
    """
    # How long an example takes says how busy the machine is; Hypothesis itself asks for no hurry where it sees CI.
    if "CI" not in os.environ:
        hypothesis.settings.register_profile("unhurried", deadline=None)
        hypothesis.settings.load_profile("unhurried")
    if not hasattr(config, "workerinput"):
        run = tempfile.TemporaryDirectory(prefix="custlib-tests-", ignore_cleanup_errors=True)
        os.environ["CUSTLIB_CACHE"] = str(Path(run.name) / "cache")
        config.add_cleanup(run.cleanup)
    # Expressions and figures are small objects by the hundred thousand: each look for garbage goes through them all.
    gc.set_threshold(50_000, 20, 20)
    config.stash[RUN] = Path(os.environ["CUSTLIB_CACHE"]).parent
    named = os.environ.get("CUSTLIB_MUST_RUN")
    lines = (ROOT / named).read_text().splitlines() if named else []
    config.stash[MUST_RUN] = tuple(s for line in lines if (s := line.strip()) and not s.startswith("#"))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the longest files first, and refuse a run that collects none of a test that must run."""

    def place(item: pytest.Item) -> int:
        return next((at for at, name in enumerate(LONGEST) if item.nodeid.startswith(name)), len(LONGEST))

    items.sort(key=place)
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


@pytest.fixture(scope="session")
def run_folder(request: pytest.FixtureRequest) -> Path:
    """Give the folder that all processes of a run share, for what is made once and then only read."""
    return request.config.stash[RUN]


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


@pytest.fixture(scope="session")
def nps_garden_folder(shared_data: Path) -> Iterator[Path]:
    """Let ``companies/nps_garden.yaml`` find its file; skip where the data set is not there."""
    folder = shared_data / "nps_garden"
    if not folder.is_dir():
        pytest.skip(f"no nps_garden in {shared_data}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NPS_GARDEN_FOLDER", str(folder))
        yield folder


@pytest.fixture(scope="session")
def reported(request: pytest.FixtureRequest, run_folder: Path) -> Callable[[str, str], Path]:
    """Give what publishes the months of `PUBLISHED`, each once in a run of all tests; they are only read."""
    folder = run_folder / "published"

    def publish(name: str, month: str) -> Path:
        from custlib.batch.progress import PlainProgress
        from custlib.batch.report import make_report
        from custlib.company import load_company

        if name in ("online_retail", "nps_garden"):
            request.getfixturevalue(f"{name}_folder")
        folder.mkdir(exist_ok=True)
        with (folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # another process may be at it
            for each in PUBLISHED[name][: PUBLISHED[name].index(month) + 1]:
                if not (folder / name / each / "index.html").is_file():
                    asked = "latest" if each == PUBLISHED[name][-1] else each
                    with pytest.MonkeyPatch.context() as patch:
                        asked_of = _in_a_vault(folder, patch) if name == "sample" else name
                        make_report(
                            load_company(asked_of), month=asked, out=folder / name, show=PlainProgress()
                        )
        return folder / name / month

    return publish


def _in_a_vault(folder: Path, patch: pytest.MonkeyPatch) -> Path:
    """Write a company file of the sample that has the folder of its tables from the environment."""
    vault, path = folder / SECRET, folder / "sample.yaml"
    if not vault.exists():
        vault.symlink_to(ROOT / "data" / "sample")
    written = (ROOT / "companies" / "sample.yaml").read_text()
    assert written.count("folder: ../data/sample") == 1
    path.write_text(written.replace("folder: ../data/sample", 'folder: "${VAULT}"'))
    patch.setenv("VAULT", str(vault))
    return path


@pytest.fixture(scope="session")
def _chromium(tmp_path_factory: pytest.TempPathFactory):
    """Start a headless Chromium whose every request is logged; skip where it is not installed."""
    binary = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not binary or not driver:
        pytest.skip("chromium and chromedriver are not installed (Debian: chromium, chromium-driver)")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in (*CHROMIUM_FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=driver))
    try:
        yield browser
    finally:
        browser.quit()


@pytest.fixture
def chromium(_chromium):
    """Give a Chromium that is as if it had just been started, with the network off."""
    for command, settings in FRESH.items():
        _chromium.execute_cdp_cmd(command, settings)
    _chromium.get("about:blank")
    for log in ("browser", "performance"):
        _chromium.get_log(log)  # what the browser's own first page, or a test before, asked for
    return _chromium
