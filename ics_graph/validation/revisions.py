"""The files of an earlier revision: taken from git's objects into a temporary folder, nothing else touched.

Not ``git worktree add``, which leaves an entry in the repository if the run is killed, and not ``git archive``, which
leaves out what ``.gitattributes`` says. No hook and no filter of the repository runs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ics_graph.errors import IcsGraphError, InvalidParameter, MissingData, NothingChecked, Unavailable
from ics_graph.validation.findings import Report

_PARAMETER = "changed-since"
_FILE_MODES = frozenset((b"100644", b"100755"))


@dataclass(frozen=True, slots=True)
class Revision:
    """A revision of the repository that holds some paths, laid out in ``folder`` (only what was asked for)."""

    name: str
    top: Path
    folder: Path

    def path(self, now: Path) -> Path | None:
        """Where a path of today stands at the revision: in the folder; None where it was not there.

        A path outside the repository (an installed rule book) has no history and is given back as it is.
        """
        absolute = now.resolve()
        if not absolute.is_relative_to(self.top):
            return now
        then = self.folder / absolute.relative_to(self.top)
        return then if then.exists() else None

    def name_in(self, error: IcsGraphError) -> None:
        """Let an error about a file of the temporary folder name the revision and the path in the repository."""
        error.message = error.message.replace(f"{self.folder}/", f"{self.name}:")
        place = error.position
        if place is not None:
            error.position = place._replace(file=place.file.replace(f"{self.folder}/", f"{self.name}:"))


def findings_at(
    revision: str,
    data: Sequence[Path],
    shapes: Sequence[Path],
    ontology: Path,
    run: Callable[[Sequence[Path], Sequence[Path], Path], Report],
) -> frozenset[str]:
    """The fingerprints of what ``run`` (data, shapes, ontology) finds at a revision.

    Shapes and ontology are those of the revision where they are in the same repository, else those of today. Where
    there was nothing to check yet, there were no findings. Raises as :func:`files_at`, and what ``run`` raises.
    """
    with files_at(revision, data, (*shapes, ontology)) as then:
        data_then = [path for path in map(then.path, data) if path is not None]
        shapes_then = [path for path in map(then.path, shapes) if path is not None]
        if not data_then or not shapes_then:
            return frozenset()
        try:
            report = run(data_then, shapes_then, then.path(ontology) or ontology)
        except (NothingChecked, MissingData):
            return frozenset()
        except IcsGraphError as error:
            then.name_in(error)
            raise
    return frozenset(finding.fingerprint for finding in report.findings)


@contextmanager
def files_at(revision: str, paths: Sequence[Path], beside: Sequence[Path] = ()) -> Iterator[Revision]:
    """The files that ``paths`` held at a revision; the folder is gone afterwards.

    ``paths`` must be of one git repository; those of ``beside`` (shapes, ontology) are taken along if they are of it
    too. Raises :class:`~ics_graph.errors.InvalidParameter` for a path that is in no repository or an unknown revision,
    and Unavailable where there is no git.
    """
    git = shutil.which("git")
    if git is None:
        raise Unavailable("--changed-since needs git, which is not installed.")
    top = _top(git, paths)
    found = _run(git, top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if found is None:
        raise InvalidParameter(_PARAMETER, f"--changed-since: there is no revision {revision!r} in {top}.")
    commit = found.decode().strip()
    inside = [path.resolve() for path in (*paths, *beside) if path.resolve().is_relative_to(top)]
    with TemporaryDirectory(prefix="ics-graph-") as folder:
        target = Path(folder).resolve()
        _lay_out(git, top, commit, [path.relative_to(top) for path in inside], target)
        yield Revision(revision, top, target)


def _top(git: str, paths: Sequence[Path]) -> Path:
    tops = set()
    for path in paths:
        absolute = path.resolve()
        folder = next((each for each in (absolute, *absolute.parents) if each.is_dir()), absolute)
        found = _run(git, folder, "rev-parse", "--show-toplevel")
        if found is None or not found.strip():
            raise InvalidParameter(_PARAMETER, f"--changed-since: {path} is in no git repository.")
        tops.add(Path(found.decode().rstrip("\n")).resolve())
    if len(tops) != 1:
        raise InvalidParameter(_PARAMETER, "--changed-since: the files are of several git repositories.")
    return tops.pop()


def _lay_out(git: str, top: Path, commit: str, paths: Sequence[Path], target: Path) -> None:
    """Write the files below some paths of a commit into a folder."""
    wanted = [path.as_posix() for path in dict.fromkeys(paths)]
    if "." in wanted:
        wanted = []
    listing = _run(git, top, "--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", commit, "--", *wanted) or b""
    entries = []
    for line in listing.split(b"\0"):
        mode_and_hash, _, name = line.partition(b"\t")
        # Links are not followed, and a tree made by hand cannot lead out of the folder.
        if mode_and_hash.split(b" ", 1)[0] in _FILE_MODES and b".." not in name.split(b"/"):
            entries.append((mode_and_hash.split(b" ")[2], name.decode("utf-8", "surrogateescape")))
    if not entries:
        return
    command = [git, "-C", str(top), "cat-file", "--batch"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, env=_environment()) as process:  # noqa: S603 - git alone
        assert process.stdin is not None  # noqa: S101 - asked for
        assert process.stdout is not None  # noqa: S101 - asked for
        for identifier, file in entries:
            process.stdin.write(identifier + b"\n")
            process.stdin.flush()
            size = int(process.stdout.readline().split()[2])
            content = process.stdout.read(size)
            process.stdout.read(1)
            path = target / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        process.stdin.close()


def _run(git: str, folder: Path, *words: str) -> bytes | None:
    """The output of a git command, or None where it fails."""
    command = [git, "-C", str(folder), *words]
    done = subprocess.run(command, capture_output=True, check=False, env=_environment())  # noqa: S603 - git alone
    return done.stdout if done.returncode == 0 else None


def _environment() -> dict[str, str]:
    """The environment for git: a partial clone must not fetch what it lacks, and nobody is asked for a password."""
    return {**os.environ, "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}
