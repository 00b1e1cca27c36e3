"""An embedded PostgreSQL for one machine: started on demand, durable, last user switches it off."""

from leadcore_localpg.errors import LocalServerError
from leadcore_localpg.launcher import RunningServer, start

__all__ = ["LocalServerError", "RunningServer", "start"]
