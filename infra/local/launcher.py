"""Become another program, as another user, that dies with its parent.

Run as a script by an isolated interpreter, so it imports nothing but the standard library. A child made by
`subprocess` cannot ask for this itself: the request to die with the parent is lost when the user changes, and code
between fork and exec is not safe in a program with threads.
"""

import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG = 1


def become(arguments: list[str]) -> None:
    """Replace this process: `parent signal user -- program argument…`, where user `-` changes nothing."""
    parent, signal, user, _, *program = arguments
    os.setsid()
    if user != "-":
        entry = pwd.getpwnam(user)
        os.setgroups([])
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal))
        if os.getppid() != int(parent):  # it died before the request
            sys.exit(1)
    os.execv(program[0], program)  # noqa: S606  # the program is ours


if __name__ == "__main__":
    become(sys.argv[1:])
