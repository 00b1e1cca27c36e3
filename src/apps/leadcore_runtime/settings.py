"""Settings: flag > environment > TOML file > default. Unknown keys are refused with their path."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from leadcore.kernel.errors import InvalidInputError

Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]
_PREFIX = "LEADCORE_"
_PLAIN_NAMES = {
    "database_url": "DATABASE_URL",
    "database_admin_url": "DATABASE_ADMIN_URL",
    "tenant_id": "TENANT_ID",
    "ai_provider": "AI_PROVIDER",
    "log_level": "LOG_LEVEL",
}
"""Settings whose environment variable operators know already; every other one is LEADCORE_<NAME>."""
SECRETS = frozenset({"database_url", "database_admin_url", "vault_key"})
_DEFAULT_FILE = "leadcore.toml"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a process needs to know. Durations in seconds; `*_url` are origins without a trailing slash.

    `settle_window_s` is how long an attempt with a lost answer waits before the provider's list is believed
    (reliability: longer than the provider's worst list lag). `lease_s` is how long a claim lasts. A database adopted by
    another `deployment_id` is held. `provider_witness`: off where other programs send from the same numbers.
    """

    environment: Literal["production", "development", "demo", "test"] = "development"
    deployment_id: str = ""
    database_url: str = ""
    database_admin_url: str = ""
    data_dir: str = ".leadcore"
    host: str = "127.0.0.1"
    orchestrator_port: Port = 3000
    chat_port: Port = 3001
    scheduler_port: Port = 3002
    public_url: str = ""
    chat_public_url: str = ""
    tenant_id: str = ""
    ai_provider: str = ""
    vault_key: str = ""
    witness_file: str = ""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    workers: Annotated[int, msgspec.Meta(ge=1, le=256)] = 16
    database_pool: Annotated[int, msgspec.Meta(ge=1, le=200)] = 10
    provider_witness: bool = True
    lease_s: float = 30.0
    settle_window_s: float = 900.0
    safety_tick_s: float = 10.0
    adapter_cache: Annotated[int, msgspec.Meta(ge=1)] = 500
    max_body_bytes: int = 1_048_576
    inbox_retention_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 30
    max_upload_bytes: int = 33_554_432
    max_picture_bytes: Annotated[int, msgspec.Meta(ge=1)] = 10_485_760
    max_pictures: Annotated[int, msgspec.Meta(ge=0)] = 10

    @property
    def identity(self) -> str:
        """Whose database it must be: the deployment's own id, else the kind of environment."""
        return self.deployment_id or self.environment

    @property
    def witness_path(self) -> Path:
        """Where the witness note lies; apart from what a restore puts back, or it witnesses nothing."""
        return Path(self.witness_file) if self.witness_file else Path(self.data_dir) / "witness.json"

    @property
    def hooks_origin(self) -> str:
        """Where vendors reach the orchestrator."""
        return self.public_url or f"http://{self.host}:{self.orchestrator_port}"

    @property
    def chat_origin(self) -> str:
        """Where customers reach the chat app."""
        return self.chat_public_url or f"http://{self.host}:{self.chat_port}"


class Sourced(msgspec.Struct, frozen=True, kw_only=True):
    """A setting's value and where it came from, masked where it is secret."""

    value: object
    source: str


def load_settings(
    flags: Mapping[str, object] | None = None, *, env: Mapping[str, str] | None = None, file: Path | None = None
) -> Settings:
    """Return the settings. Raises `InvalidInputError` that names the key, its source and the fix."""
    return _build(layered(flags, env=env, file=file))


def layered(
    flags: Mapping[str, object] | None = None, *, env: Mapping[str, str] | None = None, file: Path | None = None
) -> dict[str, Sourced]:
    """Return every setting that is not a default, with its source, the strongest source winning."""
    environ = os.environ if env is None else env
    path = file or Path(environ.get("LEADCORE_CONFIG", _DEFAULT_FILE))
    layers: dict[str, Sourced] = {}
    if path.exists():
        layers |= _from_file(path)
    elif file is not None or "LEADCORE_CONFIG" in environ:
        raise InvalidInputError(f"there is no file {path}", field="config", fix="check --config or LEADCORE_CONFIG")
    layers |= _from_env(environ)
    layers |= {key: Sourced(value=value, source="flag") for key, value in (flags or {}).items() if value is not None}
    return layers


def shown(layers: Mapping[str, Sourced]) -> dict[str, Sourced]:
    """Return all settings with their sources for `config show`; secrets are masked."""
    built = msgspec.structs.asdict(_build(dict(layers)))
    return {
        key: Sourced(
            value="***" if key in SECRETS and value else value,
            source=layers[key].source if key in layers else "default",
        )
        for key, value in built.items()
    }


def _build(layers: dict[str, Sourced]) -> Settings:
    values: dict[str, Any] = {key: sourced.value for key, sourced in layers.items()}
    try:
        return msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as cause:
        text = str(cause)
        key = text.rpartition("$.")[2].rstrip("`'") if "$." in text else ""
        source = layers[key].source if key in layers else "settings"
        raise InvalidInputError(
            f"{source}: {text}", field=key or None, fix="see docs/reference/configuration.md"
        ) from cause


def _from_file(path: Path) -> dict[str, Sourced]:
    try:
        document = tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as cause:
        raise InvalidInputError(f"{path}: {cause}", field="config", fix="it must be TOML") from cause
    known = set(Settings.__struct_fields__)
    for key in document:
        if key not in known:
            raise InvalidInputError(
                f"{path}: unknown key `$.{key}`", field=key, fix=f"known keys: {', '.join(sorted(known))}"
            )
    return {key: Sourced(value=value, source=str(path)) for key, value in document.items()}


def _from_env(environ: Mapping[str, str]) -> dict[str, Sourced]:
    found: dict[str, Sourced] = {}
    names = {_PLAIN_NAMES.get(field, _PREFIX + field.upper()): field for field in Settings.__struct_fields__}
    for name, field in names.items():
        value = secret_from(environ, name) if field in SECRETS else environ.get(name)
        if value:
            found[field] = Sourced(value=value, source=f"environment {name}")
    reserved = {"LEADCORE_CONFIG", "LEADCORE_VAULT_KEY_FILE"}
    for name in environ:
        is_ours = name.startswith(_PREFIX) and not name.startswith(
            ("LEADCORE_TEST_", "LEADCORE_REQUIRE", "LEADCORE_PG_")
        )
        if is_ours and name not in names and name not in reserved:
            raise InvalidInputError(
                f"unknown environment variable {name}", field=name, fix="see `leadcore config show` for the names"
            )
    return found


def secret_from(environ: Mapping[str, str], name: str) -> str | None:
    """Return a secret from NAME, or from the file that NAME_FILE points to (container secrets)."""
    if environ.get(name):
        return environ[name]
    path = environ.get(f"{name}_FILE")
    if not path:
        return None
    try:
        return Path(path).read_text().strip()
    except OSError as cause:
        raise InvalidInputError(
            f"{name}_FILE: {cause.strerror}: {path}", field=f"{name}_FILE", fix="check the path and its permissions"
        ) from cause
