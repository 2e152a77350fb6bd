"""LISTEN and NOTIFY of PostgreSQL: the statements, and what is heard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

NOTIFY = "SELECT pg_notify(%s, %s)"

# Bytes: PostgreSQL cuts longer names in LISTEN, and refuses them in pg_notify().
_LONGEST = 63


class Notification(NamedTuple):
    """What was sent on a channel, and the process id of the session that sent it."""

    channel: str
    payload: str
    pid: int


def listen_statements(channels: Sequence[str]) -> list[str]:
    """
    Return the statements that subscribe to channels.

    Raises: ValueError for no channel, or a name that is none; TypeError for what is no text.
    """
    if not channels:
        raise ValueError("listen() needs the name of a channel.")
    return [f"LISTEN {_quoted(channel)}" for channel in channels]


def _quoted(channel: str) -> str:
    if not isinstance(channel, str):
        raise TypeError(f"The name of a channel is a str, not {channel!r}.")
    size = len(channel.encode())
    if not 0 < size <= _LONGEST or "\0" in channel:
        raise ValueError(
            f"{channel!r} cannot be the name of a channel: 1 to {_LONGEST} bytes, none of them 0."
        )
    return '"' + channel.replace('"', '""') + '"'
