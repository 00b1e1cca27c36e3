"""Keyed hashes of those who were erased, and the seals of consents that went on without their evidence."""

from leadcore.compliance.model import Consent
from leadcore.flows.seams import Seams
from leadcore.kernel.contact import ContactKind
from leadcore.kernel.errors import RefusedError
from leadcore.kernel.ids import TenantId
from leadcore.ports.vault import Fingerprints
from leadcore.privacy.model import SealedConsent


class NoVaultError(RefusedError):
    """Without the vault's key nothing could be recognised later, so nobody is erased."""

    code = "no_vault"


def vault_of(seams: Seams) -> Fingerprints:
    """Return what makes keyed hashes. Raises `NoVaultError`."""
    if seams.prints is None:
        raise NoVaultError("there is no vault key", fix="set LEADCORE_VAULT_KEY, or give it a key file")
    return seams.prints


def contact_prints(prints: Fingerprints, kind: ContactKind, value: str, *, tenant_id: TenantId) -> tuple[bytes, ...]:
    """Return the keyed hashes of a phone number or an address within its tenant, the one to store first."""
    return prints.fingerprints(f"{kind}:{value}".encode(), owner=f"{tenant_id}|contact")


def seal_holds(prints: Fingerprints | None, line: Consent) -> bool:
    """Whether a line without its evidence is as it was left when its person was erased."""
    if prints is None or line.seal is None or line.evidence:
        return False
    return line.seal in prints.fingerprints(line.without_evidence()[1], owner=f"{line.tenant_id}|consent")


def sealed(prints: Fingerprints, line: Consent) -> SealedConsent:
    """Return the seal of a line that goes on without its evidence."""
    content = line.without_evidence()[1]
    return SealedConsent(id=line.id, seal=prints.fingerprints(content, owner=f"{line.tenant_id}|consent")[0])
