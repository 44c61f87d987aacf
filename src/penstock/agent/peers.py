"""Who is at the other end of a UNIX socket: the system says, not the peer. Nobody but this user is spoken with."""

from __future__ import annotations

import os
import socket
import struct
import sys

from penstock.errors import UsageError


def peer_uid(connection: socket.socket) -> int:
    """Return the uid of the process that connected, or that listens; raises OSError where the system does not say.

    Linux: SO_PEERCRED. macOS and the BSDs: getpeereid, untested.
    """
    if sys.platform == "linux":
        form = "iII"  # struct ucred: pid, uid, gid
        raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize(form))
        uid: int = struct.unpack(form, raw)[1]
        return uid
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    found, group = ctypes.c_uint32(), ctypes.c_uint32()
    if not hasattr(libc, "getpeereid"):
        raise UsageError(
            "This system does not say who is at the other end of a socket: no agent can run here."
        )
    if libc.getpeereid(connection.fileno(), ctypes.byref(found), ctypes.byref(group)) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return found.value


def is_own(connection: socket.socket) -> bool:
    """Say whether the process at the other end runs as this user."""
    try:
        return peer_uid(connection) == os.geteuid()
    except OSError:
        return False
