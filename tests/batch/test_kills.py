"""A few kills of the hundred that `make kills` fires: one in each stage at least."""

import re
import subprocess
import sys


def test_a_month_is_never_half_published_and_nothing_stays(root):
    command = [sys.executable, "-m", "tests.batch.kills", "--kills", "6", "--each", "6", "--story", "quick"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    hit = dict(re.findall(r"^  ([a-z ]+): (\d+) \(", done.stdout, re.MULTILINE))
    assert {"preparing", "notebooks", "pages", "results", "publishing"} <= set(hit)
    assert "nothing was ever half published, and nothing stayed" in done.stdout
