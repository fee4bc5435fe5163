"""Runs that are killed: ``python -m tests.measure.chaos [--kills 200] [--seed N]``.

A folder of reports goes back and forth between two states (files are added, changed, moved, deleted; one is a copy, one
damaged; a table of metadata changes with them). Each round brings it to the other state and runs ``gov-extract extract`` on it,
on a fresh output folder or on that of the round before. The process is killed (SIGKILL) at a random moment, once or several
times; half of the moments are drawn from the short time in which it publishes. What lies in ``tables`` then must be whole
Parquet files, and either open as a dataset or be refused. In the end the run is let finish, and everything that users load must
be, byte for byte, what an undisturbed run into a new folder has written.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = ROOT / "fixtures" / "documents"
# Documents that are read in a moment: a run is long enough to be killed in, and 200 of them end today.
SUFFIXES, MOST = (".docx", ".html", ".txt"), 10
# Seconds after which a process that should publish soon is killed all the same.
PATIENCE = 60.0


def states(place: Path) -> tuple[Path, Path]:
    """The two states of the folder, each as a folder of its own, with its table of metadata beside it."""
    chosen = sorted(path for path in DOCUMENTS.iterdir() if path.suffix in SUFFIXES)
    chosen = chosen[:: max(1, len(chosen) // MOST)][:MOST]
    a, b = place / "a", place / "b"
    for folder in (a, b):
        (folder / "sub").mkdir(parents=True)
    for n, path in enumerate(chosen):
        shutil.copy2(path, a / path.name)
        if n % 5 == 1:
            continue  # deleted in b
        shutil.copy2(path, (b / "sub" if n % 5 == 2 else b) / path.name)  # moved in b
    shutil.copy2(chosen[0], b / f"added{chosen[1].suffix}")
    shutil.copy2(chosen[3], a / "sub" / f"copy{chosen[3].suffix}")
    for folder, year in ((a, 2021), (b, 2022)):
        (folder / "torn.docx").write_bytes(b"PK\x03\x04 torn")
        (folder / "changed.txt").write_text(
            f"某县水利局政府信息公开工作年度报告\n一、总体情况\n{year}年收到申请{year}件。\n", "utf-8"
        )
        folder.with_suffix(".csv").write_text(f"source,year\nchanged.txt,{year}\n", "utf-8")
    return a, b


def bring(folder: Path, state: Path) -> None:
    """Make the folder what the state says, touching nothing that is so already."""
    wanted = {path.relative_to(state) for path in state.rglob("*") if path.is_file()}
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        if path.relative_to(folder) not in wanted:
            path.unlink()
    for name in wanted:
        target, source = folder / name, state / name
        if not target.exists() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(source, target)
    shutil.copyfile(state.with_suffix(".csv"), folder.with_suffix(".csv"))


def start(folder: Path, out: Path) -> subprocess.Popen[bytes]:
    """A run, as a user starts it."""
    command: list[str | Path] = [sys.executable, "-m", "gov_extract", "extract", folder, "-o", out, "--workers", "2"]
    with Path(os.devnull).open("wb") as nowhere:
        return subprocess.Popen([*command, "--metadata", folder.with_suffix(".csv")], stdout=nowhere, stderr=nowhere)


def finish(folder: Path, out: Path) -> None:
    """Let a run end."""
    code = start(folder, out).wait()
    if code != 1:  # the torn document fails, the others do not
        raise SystemExit(f"an undisturbed run ended with {code}")


def kill(process: subprocess.Popen[bytes], out: Path, seconds: float, dice: random.Random) -> str:
    """Kill a run at a random moment, and say when that was; empty where it had ended before."""
    began = time.monotonic()
    where = "anywhere"
    if dice.random() < 0.5:
        where = "publishing"
        staged = out / "state" / "staging" / "tables"
        while process.poll() is None and not staged.exists() and time.monotonic() - began < PATIENCE:
            time.sleep(0.002)
        time.sleep(dice.uniform(0, 0.5))
    else:
        time.sleep(dice.uniform(0, seconds))
    ended = process.poll() is not None
    process.kill()
    process.wait()
    return "" if ended else where


def published(out: Path) -> dict[str, bytes]:
    """What users load: name → content."""
    files = [*out.glob("tables/*/*"), *(out / name for name in ("manifest.json", "datapackage.json", "codebook.csv"))]
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


def sound(out: Path) -> None:
    """Whole files only, and a dataset that is what its manifest says or none at all."""
    import pyarrow.parquet as pq

    from gov_extract.dataset import open_dataset
    from gov_extract.errors import DatasetError

    for path in out.glob("tables/*/*"):
        pq.read_table(path)
    try:
        dataset = open_dataset(out)
    except DatasetError:
        return
    for table in dataset.tables:
        try:
            dataset.load(table)
        except DatasetError:
            return


def main() -> int:
    """Kill, rerun, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(2**32)
    print(f"seed {seed}", flush=True)
    dice = random.Random(seed)
    counts = dict.fromkeys(("anywhere", "publishing", "ended before", "rounds", "unlike"), 0)
    with tempfile.TemporaryDirectory(prefix="gov-extract-chaos-") as place:
        folder, both = Path(place) / "in", states(Path(place))
        folder.mkdir()
        expected = []
        for n, state in enumerate(both):
            bring(folder, state)
            began = time.monotonic()
            finish(folder, Path(place) / f"undisturbed{n}")
            seconds = time.monotonic() - began
            expected.append(published(Path(place) / f"undisturbed{n}"))
        out = Path(place) / "out"
        while counts["anywhere"] + counts["publishing"] < options.kills:
            which = counts["rounds"] % 2
            counts["rounds"] += 1
            if dice.random() < 0.4 and out.exists():
                shutil.rmtree(out)
            bring(folder, both[which])
            for _ in range(dice.choice((1, 1, 1, 2, 3))):
                counts[kill(start(folder, out), out, seconds, dice) or "ended before"] += 1
                sound(out)
            finish(folder, out)
            found = published(out)
            if found != expected[which]:
                counts["unlike"] += 1
                unlike = sorted(name for name in {*found, *expected[which]} if found.get(name) != expected[which].get(name))
                print(f"round {counts['rounds']}: unlike an undisturbed run: {', '.join(unlike)}", flush=True)
            if counts["rounds"] % 20 == 0:
                print(", ".join(f"{name} {count}" for name, count in counts.items()), flush=True)
    print(", ".join(f"{name} {count}" for name, count in counts.items()))
    return bool(counts["unlike"])


if __name__ == "__main__":
    sys.exit(main())
