"""`python -m leadcore_simulators`: all simulators in one process."""

import argparse
import sys
from pathlib import Path

from leadcore_simulators.launcher import APPS, DEFAULT_PORTS, USUAL_APPS, Launch, run


def main(arguments: list[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; give the exit code."""
    parser = argparse.ArgumentParser(
        prog="leadcore_simulators",
        description="CRMs, carriers and models, each on its vendor's own wire, and a page to play customer.",
    )
    parser.add_argument("--data-dir", type=Path, required=True, help="folder for the durable state and ports.json")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    for name in APPS:
        parser.add_argument(
            f"--{name}-port",
            type=int,
            default=DEFAULT_PORTS[name],
            metavar="PORT",
            help=f"port of {name}; 0 takes a free one (default: %(default)s)",
        )
    parser.add_argument(
        "--only",
        default=",".join(USUAL_APPS),
        metavar="NAMES",
        help="comma separated (default: %(default)s); hubspot and shopware start only when named",
    )
    parser.add_argument("--seed", type=int, default=1, help="seed of the faults (default: %(default)s)")
    asked = parser.parse_args(arguments)
    names = tuple(name.strip() for name in asked.only.split(",") if name.strip())
    if unknown := set(names) - set(APPS):
        parser.error(f"--only knows {', '.join(APPS)}; not {', '.join(sorted(unknown))}")
    ports = {name: int(getattr(asked, f"{name}_port")) for name in names}
    return run(Launch(data_dir=asked.data_dir, host=asked.host, ports=ports, seed=asked.seed))


if __name__ == "__main__":
    sys.exit(main())
