"""Drain no-op jobs with PgQueuer as its documentation says to go fast; print what it took as JSON."""

import asyncio
import json
import os
import sys
import time
from datetime import timedelta

import asyncpg
import uvloop
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.models import Job

_CHUNK = 10_000


async def main(jobs: int, future: int) -> None:
    """Fill the queue with *jobs* that are due and *future* ones, then drain what is due."""
    connection = await asyncpg.connect(os.environ["DATABASE_URL"])
    queuer = PgQueuer(AsyncpgDriver(connection))
    await queuer.qm.queries.install()

    seen = 0

    @queuer.entrypoint("noop")
    async def noop(_: Job) -> None:
        """Do nothing, and say when all is done: drain mode would wait for the future ones."""
        nonlocal seen
        seen += 1
        if seen >= jobs:
            queuer.shutdown.set()

    for count, delay in ((future, timedelta(days=30)), (jobs, timedelta())):
        for start in range(0, count, _CHUNK):
            many = min(_CHUNK, count - start)
            await queuer.qm.queries.enqueue(["noop"] * many, [None] * many, [0] * many, [delay] * many)
    await connection.execute("VACUUM ANALYZE")
    cpu, began = time.process_time(), time.perf_counter()
    await queuer.run(batch_size=100)
    took = time.perf_counter() - began
    print(json.dumps({"done": seen, "seconds": took, "cpu_s": time.process_time() - cpu}))
    await connection.close()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(int(sys.argv[1]), int(sys.argv[2])))
