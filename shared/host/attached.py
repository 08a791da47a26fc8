"""Starts a program that ends when the process that asked for it ends, however that one dies.

Run by path, as a program of its own: `python attached.py PARENT UID GID PROGRAM ARGUMENT…`. Standard library only. It is
no function of `shared.host.postgres` because giving up rights and asking for the signal must happen in the new process,
and running Python between fork and exec of a process with threads can lock up for ever.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, uid: int, gid: int, command: list[str]) -> None:
    """Become `command` as `uid`:`gid`; on Linux it gets SIGINT (PostgreSQL's fast, clean end) when `parent` is gone."""
    if os.geteuid() != uid:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":  # after setuid, which would clear it
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background jobs ignore it, and so would what they start
    if os.getppid() != parent:  # it went before we asked, so nobody will tell us
        sys.exit("the process that wanted this has gone")
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
