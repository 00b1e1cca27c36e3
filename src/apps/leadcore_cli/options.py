"""Flags that many commands share."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Place:
    """Which deployment a command speaks to."""

    config: Path | None = None
    "Settings file (default: LEADCORE_CONFIG, else leadcore.toml, else the one `leadcore demo` left in --data-dir)."
    database_url: str | None = None
    "Database as the runtime role (default: DATABASE_URL, else the embedded one in --data-dir)."
    data_dir: Path | None = None
    "Folder of the embedded database and the vault key (default: LEADCORE_DATA_DIR, else .leadcore)."

    def flags(self) -> dict[str, object]:
        """Return them as the strongest layer of settings."""
        folder = str(self.data_dir) if self.data_dir else None
        return {"database_url": self.database_url, "data_dir": folder}


HERE = Place()
Json = Annotated[bool, Parameter(name="--json", help="Print JSON instead of text.")]
Quiet = Annotated[bool, Parameter(name=["--quiet", "-q"], help="Print nothing but errors and data.")]
Shop = Annotated[str, Parameter(name=["--tenant", "-t"], help="Slug or id (default: TENANT_ID, else the only one).")]
Limit = Annotated[int, Parameter(validator=Number(gte=1, lte=100_000))]
"""How many rows a list shows at most."""
