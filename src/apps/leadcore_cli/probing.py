"""Asking local ports whether they are free, and our own processes whether they are ready."""

import asyncio
import contextlib
import socket

from leadcore.kernel.errors import RefusedError

_PATIENCE_S = 2.0
_OK = 200


class PortTakenError(RefusedError):
    """Something else listens there."""

    code = "port_taken"


def require_free(host: str, ports: dict[str, int]) -> None:
    """Raise `PortTakenError` for the first port (by the name of its flag) that cannot be listened on."""
    for name, port in ports.items():
        if not is_free(host, port):
            raise PortTakenError(
                f"port {port} on {host} is taken",
                field=f"--{name}-port",
                fix=f"stop what listens there, or choose another with --{name}-port",
            )


def is_free(host: str, port: int) -> bool:
    """Whether we could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True


async def status_of(host: str, port: int, path: str) -> int | None:
    """Return the HTTP status of a GET, None when nobody answers. A client library is slow to load."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
                line = await reader.readline()
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
    except (OSError, TimeoutError):
        return None
    parts = line.split()
    return int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else None


async def answers_well(host: str, port: int, path: str) -> bool:
    """Whether a GET is answered with 200."""
    return await status_of(host, port, path) == _OK
