"""Drain no-op jobs with procrastinate's own worker; print what it took as JSON."""

import asyncio
import json
import os
import sys
import time
from datetime import UTC, datetime, timedelta

import procrastinate

_CHUNK = 5_000
app = procrastinate.App(
    connector=procrastinate.PsycopgConnector(conninfo=os.environ["DATABASE_URL"], min_size=4, max_size=20)
)


@app.task(queue="noop")
async def noop(number: int) -> None:
    """Do nothing."""


async def main(jobs: int, future: int) -> None:
    """Fill the queue with *jobs* that are due and *future* ones, then drain what is due."""
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        later = datetime.now(UTC) + timedelta(days=30)
        for count, at in ((future, later), (jobs, None)):
            for start in range(0, count, _CHUNK):
                numbers = [{"number": number} for number in range(start, min(start + _CHUNK, count))]
                await noop.configure(schedule_at=at).batch_defer_async(*numbers)
        cpu, began = time.process_time(), time.perf_counter()
        await app.run_worker_async(
            wait=False, concurrency=20, install_signal_handlers=False, delete_jobs="successful", queues=["noop"]
        )
        took = time.perf_counter() - began
        left = await app.connector.execute_query_one_async(
            "SELECT count(*) AS many FROM procrastinate_jobs WHERE status = 'todo' AND scheduled_at IS NULL"
        )
    print(json.dumps({"done": jobs - left["many"], "seconds": took, "cpu_s": time.process_time() - cpu}))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
