"""The door to files: where a workspace is, where its state lies, what is inside.

Text of a pipeline becomes a path here and nowhere else (`confine`): resolved,
links and all, and inside the workspace, or refused. Looking writes nothing;
only `Workspace.prepare` makes the folder for the state.
"""

from __future__ import annotations

import fnmatch
import glob
import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .errors import OutsideWorkspace
from .kernelspecs import installed_kernels, kernel_specs
from .model import Facts, FileFact, Pipeline
from .notebooks import inspect_notebook

__all__ = [
    "Workspace",
    "collect_facts",
    "confine",
    "expand",
    "find_workspace",
    "follower_lock",
    "follower_log",
    "inspect_file",
    "installed_kernels",
    "kernel_specs",
    "known_mark",
    "known_workspaces",
    "register",
    "workspace_at",
]

STATE_FOLDER = ".mlops"
NOTEBOOK_LIMIT = 256 * 1024 * 1024
# File systems whose locks or shared memory cannot be trusted for a database in WAL mode.
_NETWORK_FILE_SYSTEMS = frozenset(
    "9p afs ceph cifs fuse.s3fs fuse.sshfs fuse.gcsfuse gpfs lustre ncpfs nfs nfs4 smb3 smbfs vboxsf".split()
)
_GLOB = re.compile(r"[*?\[]")
_SCHEME = re.compile(r"^([A-Za-z]:|[A-Za-z][A-Za-z0-9+.-]*://)")


@dataclass(frozen=True)
class Workspace:
    """A folder in which pipelines run, and where what is remembered of it lies."""

    folder: Path
    state: Path

    @cached_property
    def database(self) -> Path:
        return self.state / "state.sqlite"

    @cached_property
    def lock(self) -> Path:
        return self.state / "engine.lock"

    @cached_property
    def engine_log(self) -> Path:
        return self.state / "engine.log"

    @cached_property
    def runs(self) -> Path:
        return self.state / "runs"

    def run_folder(self, run_id: str) -> Path:
        """Where the files of a run lie."""
        if not re.fullmatch(r"[0-9a-f]{32}", run_id):
            raise OutsideWorkspace(f"{run_id!r} is no id of a run.")
        return self.runs / run_id

    def display(self, path: Path) -> str:
        """The path relative to the workspace if it is inside, else in full."""
        return path.relative_to(self.folder).as_posix() if path.is_relative_to(self.folder) else str(path)

    def prepare(self) -> None:
        """Makes the folder for the state: for its owner only, and ignored by git of its own accord."""
        self.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        if stat.S_IMODE(self.state.stat().st_mode) != 0o700:
            self.state.chmod(0o700)
        ignore = self.state / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        self.runs.mkdir(mode=0o700, exist_ok=True)


def find_workspace(pipeline: Path, root: Path | None = None) -> Workspace:
    """The workspace of a pipeline file (or of any path), which need not exist.

    The nearest folder above it that holds `.mlops/`, else `.git`, else its own
    folder; never above `root`, never the home folder or `/`.
    """
    own = pipeline.parent.resolve()
    top = root.resolve() if root is not None else None
    if top is not None and not own.is_relative_to(top):
        raise OutsideWorkspace(f"{pipeline} is not below {top}.", "Use a pipeline in a folder that the server serves.")
    candidates = list(_upwards(own, top))
    for is_root in (_has_state, _has_git):
        for folder in candidates:
            if is_root(folder):
                return workspace_at(folder)
    return workspace_at(own)


def workspace_at(folder: Path) -> Workspace:
    """The workspace whose folder is known, with the place of its state."""
    folder = folder.resolve()
    beside = folder / STATE_FOLDER
    if _can_keep_state(beside if beside.is_dir() else folder):
        return Workspace(folder, beside)
    return Workspace(folder, _user_state() / "workspaces" / _digest(folder))


def confine(root: Path, base: Path, text: str) -> Path:
    """The path that the text means, seen from `base`, with links resolved; inside `root` or OutsideWorkspace."""
    plain = _plain_reason(text)
    if plain is not None:
        raise OutsideWorkspace(f"{_shown(text)} {plain}.", "Write a path relative to the pipeline file.")
    top = root.resolve()
    try:
        path = (base / text).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise OutsideWorkspace(f"{_shown(text)} leads nowhere: {error}.") from error
    if not path.is_relative_to(top):
        raise OutsideWorkspace(
            f"{_shown(text)} leads out of the workspace {top}.", "Use files inside the folder of the project."
        )
    return path


def collect_facts(workspace: Workspace, pipeline_path: Path, pipeline: Pipeline, kernels: bool = True) -> Facts:
    """What a check needs to know of the files that a pipeline names, and of the kernels here."""
    texts: dict[str, None] = {}
    for node in pipeline.nodes.values():
        for text in (*([node.path] if node.path is not None else []), *node.files, *node.outputs):
            texts[text] = None
    files = {text: inspect_file(workspace, pipeline_path, text) for text in texts}
    return Facts(files, installed_kernels() if kernels else None)


def inspect_file(workspace: Workspace, pipeline_path: Path, text: str) -> FileFact:
    """What is known of a file that a pipeline names; a pattern stands for all that it matches."""
    base = pipeline_path.parent
    try:
        path = confine(workspace.folder, base, text)
    except OutsideWorkspace as error:
        return FileFact(exists=False, inside=False, error=error.message)
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        found = bool(_GLOB.search(text)) and any(True for _ in expand(workspace, base, text))
        return FileFact(exists=found)
    except OSError as error:
        return FileFact(exists=False, error=f"It cannot be looked at: {error.strerror}.")
    if not stat.S_ISREG(mode) or text.endswith("/"):
        return FileFact(exists=True)
    if path.suffix != ".ipynb" and not text.endswith(".ipynb"):
        return FileFact(exists=True, is_file=True)
    return _notebook_fact(path)


def expand(workspace: Workspace, base: Path, text: str) -> Iterator[Path]:
    """The files that a declared path means, sorted: a file, all of a folder, or what a pattern matches."""
    path = confine(workspace.folder, base, text)
    if path.exists():
        yield from _files_of(workspace, path)
    elif _GLOB.search(text):
        yield from _matches(workspace, base, text)


def register(workspace: Workspace) -> None:
    """Remembers for this user that the workspace has runs, so that a server finds those of the command line."""
    folder = _user_state() / "known"
    entry = folder / _digest(workspace.folder)
    text = json.dumps(str(workspace.folder))
    try:
        if entry.exists() and entry.read_text(encoding="utf-8") == text:
            return
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = entry.with_name(f"{entry.name}.{os.getpid()}.partial")
        partial.write_text(text, encoding="utf-8")
        partial.replace(entry)
    except OSError:
        # A home folder that cannot be written costs the overview, not the run.
        return


def known_workspaces(root: Path | None = None) -> list[Workspace]:
    """The workspaces with runs that this user has below `root`, and `root` itself; sorted by folder."""
    top = root.resolve() if root is not None else None
    folders: set[Path] = set() if top is None else {top}
    try:
        entries = list((_user_state() / "known").iterdir())
    except OSError:
        entries = []
    for entry in entries:
        if entry.suffix == ".partial":
            continue
        try:
            folder = Path(json.loads(entry.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            continue
        if folder.is_dir() and (top is None or folder.is_relative_to(top)):
            folders.add(folder)
    workspaces = (workspace_at(folder) for folder in sorted(folders))
    return [workspace for workspace in workspaces if workspace.database.is_file()]


def known_mark() -> float:
    """Another number whenever a workspace was registered that was not known before."""
    try:
        return (_user_state() / "known").stat().st_mtime
    except OSError:
        return 0.0


def follower_lock(runtime: str) -> Path:
    """The lock of the process that speaks with a runtime for this user."""
    return _user_state() / "runtimes" / f"{runtime}.lock"


def follower_log(runtime: str) -> Path:
    """What that process has to say when something goes wrong."""
    return _user_state() / "runtimes" / f"{runtime}.log"


def _upwards(own: Path, top: Path | None) -> Iterator[Path]:
    """The folder and those above it that may be a workspace."""
    home = Path.home().resolve()
    for folder in (own, *own.parents):
        if folder == home or folder == Path(folder.anchor):
            return
        yield folder
        if folder == top:
            return


def _has_state(folder: Path) -> bool:
    return (folder / STATE_FOLDER).is_dir()


def _has_git(folder: Path) -> bool:
    return (folder / ".git").exists()


def _can_keep_state(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK) and _file_system(folder) not in _NETWORK_FILE_SYSTEMS


def _file_system(folder: Path) -> str:
    """The type of the file system that holds the folder; "" where the system doesn't tell."""
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""
    best, kind = -1, ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = Path(re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), fields[1]))
        if len(point.parts) >= best and folder.is_relative_to(point):
            best, kind = len(point.parts), fields[2]
    return kind


def _user_state() -> Path:
    """This user's folder for state (XDG)."""
    base = os.environ.get("XDG_STATE_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path.home() / ".local" / "state") / "mlops-ext"


def _digest(folder: Path) -> str:
    return hashlib.sha256(os.fsencode(folder)).hexdigest()[:32]


def _plain_reason(text: str) -> str | None:
    """Why the text cannot be a path relative to the pipeline, or None."""
    if not text or text.strip() in ("", "."):
        return "is no file"
    if "\0" in text:
        return "holds a NUL character"
    if text.startswith(("/", "\\")):
        return "is an absolute path"
    if text.startswith("~"):
        return "begins with ~, which is not expanded"
    if _SCHEME.match(text):
        return "is a URL or names a drive"
    return None


def _shown(text: str) -> str:
    return json.dumps(text if len(text) <= 200 else text[:200] + "…", ensure_ascii=True)


def _notebook_fact(path: Path) -> FileFact:
    try:
        size = path.stat().st_size
        if size > NOTEBOOK_LIMIT:
            return FileFact(True, True, True, error=f"The notebook is too large to be read ({size} bytes).")
        return FileFact(True, True, True, notebook=inspect_notebook(path.read_bytes()))
    except ValueError as error:
        return FileFact(True, True, True, error=str(error))
    except OSError as error:
        return FileFact(True, True, True, error=f"It cannot be read: {error.strerror}.")


def _matches(workspace: Workspace, base: Path, pattern: str) -> Iterator[Path]:
    """The files that a pattern finds inside, with links resolved; links that lead out are passed by."""
    folders: dict[str, Path | None] = {}
    for match, is_plain in sorted(_found(os.fspath(base), pattern)):
        if not is_plain:
            with suppress(OutsideWorkspace):
                yield from _files_of(workspace, confine(workspace.folder, base, match))
            continue
        # A plain file lies where its folder lies: thousands of files in a folder are one to resolve.
        folder, name = os.path.split(match)
        if folder not in folders:
            folders[folder] = _inside(workspace.folder, base / folder)
        inside = folders[folder]
        if inside is not None and _plain_reason(match) is None:
            yield inside / name


def _found(base: str, pattern: str) -> Iterator[tuple[str, bool]]:
    """What a pattern finds, and whether it is known to be a file and no link."""
    head, tail = os.path.split(pattern)
    if "**" in pattern or not _GLOB.search(tail):
        yield from ((match, False) for match in glob.glob(pattern, root_dir=base, recursive=True))
        return
    for folder in glob.glob(head, root_dir=base) if _GLOB.search(head) else (head,):
        # The folder tells what its entries are; asking each of thousands takes ten times as long.
        try:
            with os.scandir(os.path.join(base, folder)) as entries:
                known = {entry.name: entry.is_file(follow_symlinks=False) for entry in entries}
        except OSError:
            continue
        for name in fnmatch.filter(known, tail):
            if tail.startswith(".") or not name.startswith("."):
                yield os.path.join(folder, name), known[name]


def _inside(root: Path, folder: Path) -> Path | None:
    """The folder with links resolved; None where it lies outside."""
    try:
        real = folder.resolve()
    except (OSError, RuntimeError):
        return None
    return real if real.is_relative_to(root.resolve()) else None


def _files_of(workspace: Workspace, entry: Path) -> Iterator[Path]:
    """The file, or the regular files below the folder; never what lies outside or is our own state."""
    if entry.is_file():
        yield entry
        return
    top = workspace.folder.resolve()
    for folder, names, files in os.walk(entry):
        names[:] = sorted(name for name in names if name not in (STATE_FOLDER, ".git"))
        for path in (Path(folder) / name for name in sorted(files)):
            if path.is_file() and (not path.is_symlink() or path.resolve().is_relative_to(top)):
                yield path
