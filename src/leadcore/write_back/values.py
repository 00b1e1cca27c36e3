"""Values of a write."""

from typing import Literal

WriteKind = Literal["note", "message", "picture", "appointment", "column"]
WriteState = Literal["trying", "waiting", "unknown", "done", "refused", "dropped"]
"""`trying`: written ahead, a call may be under way. `waiting`: certainly not written, tried again. `unknown`: perhaps
written, looked up before it is tried again. `refused`: given up. `dropped`: no longer wanted."""
OPEN_WRITES = frozenset({"trying", "waiting", "unknown"})
HowWritten = Literal["written", "found", "left_alone"]
"""`found`: an earlier try had happened. `left_alone`: staff had moved the order meanwhile."""
