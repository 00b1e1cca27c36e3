"""The unit of work with every slice, and what opens one."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from leadcore.cadences.repository import CadenceWork
from leadcore.catalog.repository import CatalogWork
from leadcore.compliance.repository import ComplianceWork
from leadcore.conversations.repository import ConversationWork
from leadcore.intake.repository import InboxWriter, IntakeWork
from leadcore.kernel.ids import TenantId
from leadcore.leads.repository import LeadWork
from leadcore.messaging.repository import MessagingWork
from leadcore.pictures.repository import PictureWork
from leadcore.ports.pictures import PictureShelf
from leadcore.ports.storage import Deployment, Directory, Doorbell, DueQueue
from leadcore.privacy.repository import PrivacyWork
from leadcore.tenants.repository import TenantWork
from leadcore.write_back.repository import WriteBackWork


class Work(
    TenantWork,
    IntakeWork,
    ComplianceWork,
    CatalogWork,
    LeadWork,
    MessagingWork,
    ConversationWork,
    CadenceWork,
    WriteBackWork,
    PictureWork,
    PrivacyWork,
    Protocol,
):
    """One transaction for one tenant, over all concepts."""


class Store(Protocol):
    """The storage of one deployment. `leadcore.memory` and the PostgreSQL adapter both are one."""

    def begin(self, tenant_id: TenantId) -> AbstractAsyncContextManager[Work]:
        """Open a unit of work bound to *tenant_id*: rows of other tenants do not exist in it."""
        ...

    def shared(self, kind: str) -> "Store":
        """Return the same storage for heaps of small units of one *kind*: those of a tenant may share a transaction.

        Each keeps its promises, but raises `SharedFateError` where one beside it failed: then it is done again, alone.
        """
        ...

    @property
    def inbox_writer(self) -> InboxWriter:
        """Takes in what came, for many requests at once."""
        ...

    @property
    def due(self) -> DueQueue:
        """Due work over all tenants."""
        ...

    @property
    def shelf(self) -> PictureShelf:
        """Where the bytes of pictures lie."""
        ...

    @property
    def directory(self) -> Directory:
        """Whose is what, before a tenant is known."""
        ...

    @property
    def deployment(self) -> Deployment:
        """What is true of the whole database."""
        ...

    @property
    def doorbell(self) -> Doorbell:
        """Rings when a commit armed work that is due now or soon."""
        ...
