"""Multipart forms as browsers and mail services write them."""

from typing import Any

BOUNDARY = "----WebKitFormBoundary7MA4YWxk"
KIND = f"multipart/form-data; boundary={BOUNDARY}"
File = tuple[str, str, str, bytes]
"""Field, file name, content type, content."""


def form(fields: dict[str, Any], *files: File, boundary: str = BOUNDARY) -> bytes:
    body = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        + (value if isinstance(value, bytes) else str(value).encode())
        + b"\r\n"
        for name, value in fields.items()
    )
    for name, filename, kind, content in files:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
        body += f"{head}Content-Type: {kind}\r\n\r\n".encode() + content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode()
