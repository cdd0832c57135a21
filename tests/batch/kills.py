"""Kill the report command at many moments, and see that a month is never published by halves.

``make kills`` (``python -m tests.batch.kills --kills 100``) publishes a month, begins to publish it anew and ends
that by a signal: SIGKILL mostly, else SIGTERM, SIGINT or SIGHUP, to the whole process group or to the command
alone. After each kill the published tree must be the old one, byte for byte, or the new one; the next run
must succeed and leave no process, no lock and no temporary file, neither in the reports nor in the cache.

Long stages are hit at moments spread over their measured time. The last two take milliseconds, and so does much
of the first: there the command is made to hit itself right before one of its file operations, which an audit
hook sees. The command runs in a fork of this program, which has loaded its modules: only Python's start is not
under fire.
"""

import argparse
import fcntl
import hashlib
import json
import os
import re
import select
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

MONTH = "2026-05"
STAGES = {
    "preparing": "preparing", "notebooks": "running ", "pages": "rendering", "results": "uniting",
    "publishing": "publishing",
}  # fmt: skip
# How a hundred kills are shared out; every stage gets a tenth at least.
SHARES = {"preparing": 20, "notebooks": 40, "pages": 15, "results": 10, "publishing": 15}
BY_EVENT = ("results", "publishing")
SIGNALS = [
    (signal.SIGKILL, True), (signal.SIGKILL, False), (signal.SIGTERM, True), (signal.SIGKILL, True),
    (signal.SIGKILL, False), (signal.SIGINT, True), (signal.SIGKILL, True), (signal.SIGHUP, True),
    (signal.SIGKILL, False), (signal.SIGTERM, False),
]  # fmt: skip
CHANGES = ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.symlink", "os.truncate", "shutil.rmtree")
COMPANY = """
company: shop
title: Shop
connection: {folder: data}
currency: EUR
timezone: Europe/Berlin
relationship: non_contractual
complete_through: 2026-05
tables:
  transactions: {from: log.csv}
  customers: {from: customers.csv}
settings: {active_window_months: WINDOW, segments: [region], min_group: 5}
"""
ENDED = ("published", "failed")
PATIENCE = 300.0


@dataclass(frozen=True)
class Shot:
    """One kill: the stage, how far into it (a share of its time, or the number of a file operation), how."""

    stage: str
    share: float
    event: int | None
    sign: signal.Signals
    group: bool

    def __str__(self) -> str:
        where = f"file operation {self.event}" if self.event is not None else f"{self.share:.0%}"
        return f"{self.sign.name} to the {'group' if self.group else 'command'} at {where} of {self.stage}"


@dataclass
class Ending:
    """How a command ended: its exit code, what it said, when each stage began, its operations on files."""

    code: int = 0
    said: list[str] = field(default_factory=list)
    began: dict[str, float] = field(default_factory=dict)
    events: dict[str, list[str]] = field(default_factory=dict)
    ended: float = 0.0
    hit: bool = False

    @property
    def stage(self) -> str:
        """The last stage that was begun."""
        return list(self.began)[-1] if self.began else "starting"

    def seconds(self, stage: str) -> float:
        """Give how long a stage took."""
        later = [at for at in [*self.began.values(), self.ended] if at > self.began[stage]]
        return min(later) - self.began[stage]


class Scene:
    """A small company, its cache and its reports, with one month published under the old rules."""

    def __init__(self, folder: Path, *, story: str) -> None:
        self.folder, self.out, self.cache = folder, folder / "reports", folder / "cache"
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        _write_shop(folder / "data")
        for name, window in (("old", 2), ("new", 3)):
            (folder / f"{name}.yaml").write_text(COMPANY.replace("WINDOW", str(window)))
        self.notebooks = _notebooks(folder, story)
        os.environ.update(CUSTLIB_CACHE=str(self.cache), TMPDIR=str(self.temporary))
        print("publishing the month as it was", flush=True)
        self._succeed("old")
        self._age()
        shutil.copytree(self.out, folder / "kept", symlinks=True)
        self.old = tree(self.out)
        print("publishing it anew, to see how long each stage takes", flush=True)
        self._forget_cache()
        first = last = self._succeed("new", watch=True)
        self.new = pages(self.out)
        if story != "quick":
            self.restore()
            last = self._succeed("new", watch=True)
            assert pages(self.out) == self.new, "two runs of the same month gave different pages"
        assert self.old[1] != tree(self.out)[1]
        self.times = {stage: (first if stage == "preparing" else last).seconds(stage) for stage in STAGES}
        self.events = {**last.events, "preparing": first.events["preparing"]}

    def restore(self, *, cold: bool = False) -> None:
        """Put the old publication back, and empty the cache where the preparation is to be hit."""
        shutil.rmtree(self.out)
        shutil.copytree(self.folder / "kept", self.out, symlinks=True)
        if cold:
            self._forget_cache()

    def run(self, company: str, *, shot: Shot | None = None, watch: bool = False) -> Ending:
        """Run the command to its end, or until it is shot."""
        read, write = os.pipe()
        process = os.fork()
        if not process:
            os.close(read)
            _become_command(self, company, write, shot, watch)
        os.close(write)
        try:
            return _follow(process, read, shot, self.times if shot else {})
        finally:
            os.close(read)

    def learn(self, ending: Ending) -> None:
        """Expect a stage to be as fast as it ever was, so that a shot comes while it lasts."""
        for stage in ("notebooks", "pages"):
            if not ending.code:
                self.times[stage] = min(self.times[stage], ending.seconds(stage))

    def rests(self) -> Iterator[str]:
        """Name everything that ought not to be there any more."""
        for path in sorted(self.out.rglob("*")):
            name = path.relative_to(self.out).as_posix()
            hidden = path.name.startswith(".") and name != ".runs"
            if hidden and not re.fullmatch(r"\.runs/\.\d{4}-\d{2}\.lock", name):
                yield f"reports/{name}"
        runs = [path for path in (self.out / ".runs").iterdir() if path.is_dir()]
        if len(runs) > 4:
            yield f"{len(runs)} runs"
        for run in runs:
            if not (run / "manifest.json").is_file():
                yield f"{run.name} is half removed"
            elif (status := json.loads((run / "manifest.json").read_text())["status"]) not in ENDED:
                yield f"{run.name} is {status}"
        for path in sorted(self.cache.rglob("*")):
            name = path.relative_to(self.cache).as_posix()
            odd = path.name.startswith(".") and path.name != ".lock"
            if odd or name.startswith("spill/") or re.match(r"staged/tmp", name):
                yield f"cache/{name}"
        yield from (f"temporary/{path.name}" for path in self.temporary.iterdir())
        for lock in [*self.out.glob(".runs/.*.lock"), *self.cache.rglob(".lock")]:
            with open(lock, "a") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    yield f"{lock.name} is held"

    def processes(self) -> list[int]:
        """List the processes of this scene that live, which are known by the cache they were told to use."""
        marked = f"CUSTLIB_CACHE={self.cache}".encode()
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            try:
                # A process that has ended and was not waited for has no environment left.
                if marked in (place / "environ").read_bytes().split(b"\0"):
                    found.append(int(place.name))
            except OSError:
                continue
        return found

    def alone(self, seconds: float = 30.0) -> bool:
        """Say whether every process of the scene ends within some seconds."""
        ends = time.monotonic() + seconds
        while self.processes():
            if time.monotonic() > ends:
                return False
            time.sleep(0.2)
        return True

    def _succeed(self, company: str, **rest) -> Ending:
        ending = self.run(company, **rest)
        if ending.code:
            sys.exit("\n".join(["the command failed without being hit:", *ending.said]))
        return ending

    def _age(self) -> None:
        """Add older runs, so that publishing has some to remove."""
        (run,) = [path for path in (self.out / ".runs").iterdir() if path.is_dir()]
        for count in range(3):
            shutil.copytree(run, run.with_name(f"{MONTH}-2020010{count + 1}T000000-1-aaaa"))

    def _forget_cache(self) -> None:
        shutil.rmtree(self.cache, ignore_errors=True)


def _write_shop(data: Path) -> None:
    """Write a year of a shop's log, and its customers, as text files, which are converted before they are read."""
    data.mkdir()
    log = ["customer_id,date,amount"]
    for month in range(12):
        year, number = 2025 + (month + 5) // 12, (month + 5) % 12 + 1
        for who in range(60):
            if (who * 7 + month * 5) % 11 < 4:
                log.append(f"c{who:02d},{year}-{number:02d}-{who % 28 + 1:02d},{10 + who % 9 * month}.50")
    (data / "log.csv").write_text("\n".join(log) + "\n")
    people = [f"c{who:02d},{('north', 'south')[who % 2]}" for who in range(60)]
    (data / "customers.csv").write_text("\n".join(["customer_id,region", *people]) + "\n")


def _notebooks(folder: Path, story: str) -> Path:
    """Give the workbook's own notebooks, or small ones: one that opens the month, one that hardly does anything."""
    from custlib.batch.report import NOTEBOOKS

    from .conftest import write_notebook

    if story == "own":
        return NOTEBOOKS
    opened = (
        "from custlib import open_month\nview = open_month(company, month, settings)\n"
        "view.series('active_customers', view.units.active_window)"
    )
    if story == "small":
        write_notebook(folder / "notebooks", "00_first", opened)
    write_notebook(folder / "notebooks", "01_second")
    return folder / "notebooks"


def tree(out: Path) -> tuple[str, str]:
    """Give the published run's name and a digest of every byte in it, read through the link."""
    digest = hashlib.sha256()
    month = out / MONTH
    for path in sorted(month.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(month)}\0".encode() + path.read_bytes() + b"\0")
    return os.readlink(month), digest.hexdigest()


def pages(out: Path) -> dict[str, str]:
    """Give a digest of each published file that says nothing of when it was made, and the names of the others."""
    month = out / MONTH
    found = {str(path.relative_to(month)): path for path in month.rglob("*") if path.is_file()}
    return {
        name: ""
        if name == "manifest.json" or name.startswith("notebooks/")
        else hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in sorted(found.items())
    }


def verdict(scene: Scene) -> str:
    """Say whether what is published is the old month, the new one, or neither."""
    if tree(scene.out) == scene.old:
        return "old"
    manifest = json.loads((scene.out / MONTH / "manifest.json").read_text())
    ran = {job["status"] for job in manifest["notebooks"].values()}
    whole = manifest["status"] == "published" and ran == {"ok"} and pages(scene.out) == scene.new
    return "new" if whole else "neither the old month nor the new one"


class _Watching:
    """The command's standard error: notes which stage was begun and passes everything on."""

    def __init__(self, handle: int) -> None:
        self.handle, self.stage, self.encoding = handle, "starting", "utf-8"

    def write(self, text: str) -> int:
        self.stage = stage_of(text) or self.stage
        os.write(self.handle, text.encode())
        return len(text)

    def flush(self) -> None:
        """Keep nothing back."""

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        return self.handle


def stage_of(line: str) -> str | None:
    """Name the stage a line of progress begins."""
    said = re.sub(r"^\[[ 0-9.]+ s\] (.*: (?=preparing))?", "", line)
    return next((stage for stage, begins in STAGES.items() if said.startswith(begins)), None)


def _become_command(scene: Scene, company: str, handle: int, shot: Shot | None, watch: bool) -> None:
    """Become the command, in a session of its own; never return."""
    code = 70
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(handle, 1)
        os.dup2(handle, 2)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        tempfile.tempdir = str(scene.temporary)
        sys.stderr = said = _Watching(2)
        if watch or (shot and shot.event is not None):
            _watch((str(scene.out), str(scene.cache)), said, shot)
        from custlib.cli import main

        try:
            main([
                "report", "--company", str(scene.folder / f"{company}.yaml"), "--month", MONTH,
                "--out", str(scene.out), "--notebooks", str(scene.notebooks),
            ])  # fmt: skip
        except SystemExit as end:
            code = int(end.code or 0)
        sys.stdout.flush()
    finally:
        os._exit(code)


def _watch(places: tuple[str, ...], said: _Watching, shot: Shot | None) -> None:
    """See every change of the reports and the cache right before it happens; tell of it, or shoot."""
    count: Counter[str] = Counter()

    def hook(event: str, arguments: tuple) -> None:
        opened = (
            event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        )
        if not (opened or event in CHANGES) or not arguments:
            return
        touched = [str(each) for each in arguments[:2] if isinstance(each, (str, os.PathLike))]
        if not any(each.startswith(places) for each in touched):
            return
        stage = said.stage
        count[stage] += 1
        if shot is None:
            said.write(f"@ {stage} {event} {touched[-1]}\n")
        elif shot.stage == stage and shot.event == count[stage] - 1:
            os.killpg(0, shot.sign) if shot.group else os.kill(os.getpid(), shot.sign)

    sys.addaudithook(hook)


def _follow(process: int, handle: int, shot: Shot | None, times: dict[str, float]) -> Ending:
    """Read what the command says, shoot when the moment has come, and wait for its end."""
    ending, rest, fired = Ending(), b"", shot is None or shot.event is not None
    limit = time.monotonic() + PATIENCE
    while True:
        begun = ending.began.get(shot.stage) if shot else None
        if (
            not fired
            and shot
            and begun is not None
            and time.monotonic() >= begun + shot.share * times[shot.stage]
        ):
            os.killpg(process, shot.sign) if shot.group else os.kill(process, shot.sign)
            fired = ending.hit = True
        if select.select([handle], [], [], 0.005)[0]:
            rest = _take(ending, rest + os.read(handle, 1 << 16))
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            break
        if time.monotonic() > limit:
            os.killpg(process, signal.SIGKILL)
            raise TimeoutError("\n".join(ending.said))
    while select.select([handle], [], [], 0)[0] and (more := os.read(handle, 1 << 16)):
        rest = _take(ending, rest + more)
    ending.ended, ending.code = time.monotonic(), os.waitstatus_to_exitcode(status)
    ending.hit = ending.hit or bool(shot and ending.code)
    return ending


def _take(ending: Ending, text: bytes) -> bytes:
    """Sort whole lines into what was said and what was seen; give the beginning of the next one back."""
    *lines, rest = text.split(b"\n")
    for line in (each.decode(errors="replace") for each in lines):
        if line.startswith("@ "):
            _, stage, event = line.split(" ", 2)
            ending.events.setdefault(stage, []).append(event)
            continue
        ending.said.append(line)
        if (stage := stage_of(line)) and stage not in ending.began:
            ending.began[stage] = time.monotonic()
    return rest


def plan(kills: int, events: dict[str, list[str]]) -> list[Shot]:
    """Share the kills out over the stages, and within each stage evenly over its time or its operations."""
    counts = {stage: max(1, kills * share // 100) for stage, share in SHARES.items()}
    counts["notebooks"] += max(0, kills - sum(counts.values()))
    signs, shots = iter(SIGNALS * kills), []
    for stage, count in counts.items():
        for place in range(count):
            share, event = (place + 0.5) / count, None
            if stage in BY_EVENT or (stage == "preparing" and place % 2):
                event = int(share * len(events[stage]))
            shots.append(Shot(stage, share, event, *next(signs)))
    return shots


def main() -> None:
    """Kill, look, run again, look again; exit with 1 when anything was not as it must be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--each", type=int, default=1, help="a run that must succeed after so many kills")
    parser.add_argument(
        "--story", choices=("quick", "small", "own"), default="small",
        help="one notebook that does little, two small ones, or the workbook's own",
    )  # fmt: skip
    chosen = parser.parse_args()
    import custlib.batch.backfill
    import custlib.prepare  # noqa: F401

    with tempfile.TemporaryDirectory(prefix="custlib-kills-", ignore_cleanup_errors=True) as folder:
        scene = Scene(Path(folder).resolve(), story=chosen.story)
        shots = plan(chosen.kills, scene.events)
        took = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in scene.times.items())
        print(f"stages take {took}", flush=True)
        faults: list[str] = []
        seen: Counter[tuple[str, str, str]] = Counter()
        number = 0
        while shots:
            number, shot = number + 1, shots.pop(0)
            followed = number % chosen.each == 0 or not shots
            found = _one(scene, shot, followed=followed, seen=seen)
            print(f"{number:3d}. {shot}: {found or 'as it must be'}", flush=True)
            faults += [f"{shot}: {fault}" for fault in found]
            if not shots and number < 3 * chosen.kills:
                shots = _more(seen, chosen.kills)
        _tell(seen, faults)
    sys.exit(1 if faults else 0)


def _more(seen: Counter, kills: int) -> list[Shot]:
    """Shoot again where a stage was hit less often than a tenth: a run may be faster than the one that was timed."""
    hits = {stage: sum(count for key, count in seen.items() if key[0] == stage) for stage in STAGES}
    return [
        Shot(stage, 0.2, 2 if stage in BY_EVENT else None, signal.SIGKILL, True)
        for stage, count in hits.items()
        if count < max(1, kills // 10)
    ]


def _one(scene: Scene, shot: Shot, *, followed: bool, seen: Counter) -> list[str]:
    """Fire one shot; give what was wrong afterwards."""
    scene.restore(cold=shot.stage == "preparing")
    ending = scene.run("new", shot=shot)
    found, faults = verdict(scene), []
    seen[ending.stage if ending.hit else "too late", shot.sign.name, found] += 1
    if found not in ("old", "new"):
        faults.append(found)
    if ending.code == 0 and found != "new":
        faults.append("ended well and published nothing")
    if ending.code not in (0, 3, -shot.sign):
        faults.append(f"exit code {ending.code}: {ending.said[-3:]}")
    if shot.sign != signal.SIGKILL:
        # It tidies up after itself; the removal of an old run may be left for the next one to finish.
        rests = [
            rest for rest in scene.rests() if rest.startswith(("reports/", "temporary/")) or " is " in rest
        ]
        rests = [rest for rest in rests if "half removed" not in rest]
        faults += [f"left by itself: {rest}" for rest in rests]
    if not followed:
        return faults
    after = scene.run("new")
    scene.learn(after)
    if after.code:
        faults.append(f"the next run failed: {after.said[-5:]}")
    if verdict(scene) != "new":
        faults.append("the next run did not publish the new month")
    if not scene.alone():
        faults.append(f"processes that live on: {scene.processes()}")
    return faults + [f"left after the next run: {rest}" for rest in scene.rests()]


def _tell(seen: Counter, faults: list[str]) -> None:
    print(f"{sum(seen.values())} kills; what was published then:")
    for stage in ["starting", *STAGES, "too late"]:
        here = {key: count for key, count in seen.items() if key[0] == stage}
        if here:
            found = Counter({key[2]: 0 for key in here})
            for key, count in here.items():
                found[key[2]] += count
            told = ", ".join(f"{name} {count}" for name, count in found.items())
            print(f"  {stage}: {sum(here.values())} ({told})")
    print(
        "\n".join(["faults:", *faults]) if faults else "nothing was ever half published, and nothing stayed"
    )


if __name__ == "__main__":
    main()
