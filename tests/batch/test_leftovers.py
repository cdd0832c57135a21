"""Whatever way a run ends, the month stays whole and the next run leaves nothing of it lying about."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from custlib.batch import leftovers, publish
from custlib.batch.leftovers import KERNELS, KILLED, prune, published_run, read_manifest
from custlib.batch.publish import publication, refuse_busy, refuse_unwritable
from custlib.errors import RunFailed, UsageError


def publish_month(out: Path, month: str = "2026-06", text: str = "page one") -> str:
    """Publish a page; give the name of its run."""
    with publication(out, month, "demo") as run:
        (run.folder / "index.html").write_text(text)
        run.publish()
    return run.folder.name


def killed(out: Path, month: str = "2026-06", **manifest) -> Path:
    """Leave what a run leaves that was killed while it ran."""
    folder = out / ".runs" / f"{month}-99991231T000000-1-ab"
    (folder / "notebooks" / KERNELS).mkdir(parents=True)
    (folder / "notebooks" / KERNELS / "kernel-1.json").touch()
    (folder / "index.html").write_text("half a page")
    (folder / "manifest.json").write_text(json.dumps({"status": "running", "stage": "pages", **manifest}))
    return folder


def test_the_next_run_marks_a_killed_one_and_removes_its_rests(tmp_path):
    publish_month(tmp_path)
    folder = killed(tmp_path)
    link = tmp_path / ".runs" / f".{folder.name}.link"
    link.symlink_to("nowhere")
    publish_month(tmp_path)
    said = read_manifest(folder)
    assert (said["status"], said["error"], said["stage"]) == ("failed", KILLED, "pages")
    assert not link.is_symlink() and not (folder / "index.html").exists()
    assert not (folder / "notebooks" / KERNELS).exists()


def test_a_run_of_one_month_tidies_the_others_but_not_one_that_lives(tmp_path):
    dead, alive = killed(tmp_path, "2026-04"), killed(tmp_path, "2026-05")
    with publication(tmp_path, "2026-05", "demo"):
        # what lies there while the month is held may be the holder's
        alive.joinpath("manifest.json").write_text('{"status": "running"}')
        publish_month(tmp_path, "2026-06")
        assert read_manifest(alive)["status"] == "running"
    assert read_manifest(dead)["status"] == "failed"
    publish_month(tmp_path, "2026-06")
    assert read_manifest(alive)["status"] == "failed"


def test_a_run_that_was_killed_before_its_link_was_made_is_no_published_one(tmp_path):
    kept = publish_month(tmp_path)
    folder = killed(tmp_path, status="published")
    publish_month(tmp_path)
    assert read_manifest(folder)["status"] == "failed"
    assert (
        read_manifest(tmp_path / ".runs" / kept)["status"] == "published"
    )  # an earlier month's page, replaced since


@pytest.mark.parametrize("content", ["", "{", "[]", None])
def test_a_folder_whose_manifest_says_nothing_is_removed(tmp_path, content):
    folder = killed(tmp_path)
    (folder / "manifest.json").unlink() if content is None else (folder / "manifest.json").write_text(content)
    publish_month(tmp_path)
    assert not folder.exists()


def test_a_removal_that_was_interrupted_is_finished(tmp_path, monkeypatch):
    names = [publish_month(tmp_path) for _ in range(3)]

    def stop(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(leftovers.shutil, "rmtree", stop)
        prune(tmp_path, "2026-06", keep=1)
    assert (tmp_path / ".runs" / names[0] / "index.html").exists()
    publish_month(tmp_path)
    assert not (tmp_path / ".runs" / names[0]).exists()
    assert published_run(tmp_path, "2026-06") not in names


def test_killed_runs_do_not_pile_up(tmp_path):
    for count in range(8):
        killed(tmp_path).rename(tmp_path / ".runs" / f"2026-06-2026010{count}T000000-1-ab")
    publish_month(tmp_path)
    assert len([path for path in (tmp_path / ".runs").iterdir() if path.is_dir()]) == leftovers.KEEP


class Interrupted(BaseException):
    """What a signal raises."""


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_signal_around_the_replacement_of_the_link_leaves_a_whole_month(tmp_path, monkeypatch, when):
    before = publish_month(tmp_path, text="old")
    replace = os.replace

    def interrupted(source, target):
        if Path(target).name != "2026-06":
            return replace(source, target)
        if when == "after":
            replace(source, target)
        raise Interrupted

    monkeypatch.setattr(publish.os, "replace", interrupted)
    with pytest.raises(Interrupted):
        publish_month(tmp_path, text="new")
    monkeypatch.undo()
    text = (tmp_path / "2026-06" / "index.html").read_text()
    said = read_manifest(tmp_path / "2026-06")
    assert (text, said["status"]) == ("old" if when == "before" else "new", "published")
    assert (published_run(tmp_path, "2026-06") == before) == (when == "before")
    assert [path.name for path in (tmp_path / ".runs").iterdir() if path.name.endswith(".link")] == []
    others = [
        path
        for path in (tmp_path / ".runs").glob("2026-06-*")
        if path.name != published_run(tmp_path, "2026-06")
    ]
    assert [read_manifest(path)["status"] for path in others] == [
        "failed" if when == "before" else "published"
    ]
    publish_month(tmp_path)


def test_who_holds_a_month_is_named_at_once_and_the_lock_goes_with_its_process(tmp_path):
    with (
        publication(tmp_path, "2026-06", "demo"),
        pytest.raises(RunFailed, match=f"process {os.getpid()}, since 20"),
    ):
        refuse_busy(tmp_path, "2026-06")
    refuse_busy(tmp_path, "2026-06")
    assert (tmp_path / ".runs" / ".2026-06.lock").read_text() == ""
    script = (
        "import os, sys, pathlib; from custlib.batch.publish import publication\n"
        "with publication(pathlib.Path(sys.argv[1]), '2026-06', 'demo'): os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    refuse_busy(tmp_path, "2026-06")
    publish_month(tmp_path)


def test_a_place_where_nothing_can_be_written_is_refused(tmp_path, monkeypatch):
    refuse_unwritable(tmp_path / "new" / "deep")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UsageError, match="file is a file"):
            refuse_unwritable(place)
    with pytest.raises(UsageError, match="nothing can be written"):
        refuse_unwritable(Path("x" * 300))
    monkeypatch.setattr(publish.os, "access", lambda path, mode: False)  # whoever is root may write anywhere
    with pytest.raises(UsageError, match="may not be written to"):
        refuse_unwritable(tmp_path / "new")


def test_a_place_that_only_looks_writable_is_refused_too():
    with (
        pytest.raises(UsageError, match="nothing can be written to /proc/reports"),
        publication(Path("/proc/reports"), "2026-06", "demo"),
    ):
        pass
