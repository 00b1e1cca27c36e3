"""The accept log: the only witness a test needs of what a vendor took."""

import time
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import msgspec

from leadcore_simulators.wire.faults import FiredFaults
from leadcore_simulators.wire.store import Store

Fields = dict[str, Any]

_SELECT = """
SELECT seq, at, op, account, ref, answer, print, fields, (SELECT count(*) FROM log o WHERE o.print = log.print) AS times
FROM log WHERE {where} ORDER BY seq LIMIT ?
"""


def iso(at: float) -> str:
    """Render epoch seconds as ISO 8601 with milliseconds and Z."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Ledger:
    """Appends what was accepted, in order, inside the transaction that accepts it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def record(self, *, op: str, account: str, ref: str, fields: Fields, same: object, faults: FiredFaults) -> None:
        """Append one row. *same* is what makes two requests the same one to the person who is texted."""
        mark = blake2b(msgspec.json.encode([op, account, same], order="deterministic"), digest_size=12).hexdigest()
        self._store.insert(
            "INSERT INTO log (at, op, account, ref, answer, print, fields) VALUES (?,?,?,?,?,?,?)",
            (time.time(), op, account, ref, answered(faults), mark, msgspec.json.encode(fields)),
        )

    def read(self, filters: dict[str, str]) -> Fields:
        """List rows. `op`, `account`, `id`, `answer`, `since` (exclusive seq), `limit`; any other name is a field."""
        clauses, values = ["1"], list[object]()
        columns = {
            "op": "op = ?",
            "account": "account = ?",
            "id": "ref = ?",
            "answer": "answer = ?",
            "since": "seq > ?",
        }
        for name, value in filters.items():
            if name == "limit":
                continue
            if name in columns:
                clauses.append(columns[name])
                values.append(value)
            else:
                clauses.append("json_extract(fields, ?) = ?")
                values += [f'$."{name}"', value]
        where = " AND ".join(clauses)
        found = self._store.rows(_SELECT.format(where=where), [*values, int(filters.get("limit", "1000000"))])
        entries = [
            {
                "seq": row["seq"],
                "at": iso(row["at"]),
                "at_epoch_s": row["at"],
                "op": row["op"],
                "account": row["account"],
                "id": row["ref"],
                "answer": row["answer"],
                "times": row["times"],
                "fields": msgspec.Raw(row["fields"]),
            }
            for row in found
        ]
        return {"total": len(entries), "entries": entries}


def answered(faults: FiredFaults) -> str:
    """Say what the client got to see of an accepted request: `sent`, `lost`, or `status:<code>`."""
    if faults.first("lost_answer"):
        return "lost"
    late = faults.first("status_after")
    return f"status:{late.status}" if late else "sent"
