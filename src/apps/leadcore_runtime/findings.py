"""What must be true before a process may serve; what is not is said with its fix."""

from leadcore.kernel.errors import LeadcoreError, RefusedError
from leadcore.ports.plugin import Finding
from leadcore_runtime.container import open_vault
from leadcore_runtime.database import inspect
from leadcore_runtime.settings import Settings

_OWNER = "doctor"
_PROBE = b"doctor"


class UnfitError(RefusedError):
    """A process must not serve like this. `findings` are the reasons."""

    code = "unfit"

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        first = findings[0]
        more = f" (and {len(findings) - 1} more: `leadcore doctor`)" if len(findings) > 1 else ""
        super().__init__(f"{first.what}{more}", field=first.code or None, fix=first.fix)
        self.findings = findings


async def refuse_unfit(settings: Settings) -> None:
    """Check database and vault before serving. Raises `UnfitError` that says what to do, or what the driver raises."""
    findings = (*await inspect(settings.database_url, environment=settings.environment), vault_finding(settings))
    wrong = tuple(each for each in findings if not each.ok)
    if wrong:
        raise UnfitError(wrong)


def vault_finding(settings: Settings) -> Finding:
    """Say whether the vault's key is there and opens what it seals."""
    try:
        vault = open_vault(settings)
        opened = vault.unseal(vault.seal(_PROBE, owner=_OWNER), owner=_OWNER)
    except LeadcoreError as cause:
        return Finding(ok=False, what=f"vault: {cause.message}", fix=cause.fix, code=cause.code)
    except OSError as cause:
        what = f"vault: {cause.strerror}: {cause.filename}"
        return Finding(
            ok=False, what=what, fix="give this user access to the data folder, or set LEADCORE_VAULT_KEY", code="vault"
        )
    return Finding(ok=opened == _PROBE, what="the vault key opens what it seals", code="vault")
