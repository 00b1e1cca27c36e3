"""What every `Store` promises. Subclass `StoreContract` and supply the fixtures `store` and `production_store`.

Both are empty and migrated. The environment of `store` is anything but `production`, that of the other is.
"""

from leadcore.testing.contracts.storage_due import DueContract
from leadcore.testing.contracts.storage_evidence import EvidenceContract
from leadcore.testing.contracts.storage_intake import InboxWriterContract
from leadcore.testing.contracts.storage_outreach import CadenceContract, MessageContract
from leadcore.testing.contracts.storage_people import ComplianceContract, IntakeContract, LeadContract
from leadcore.testing.contracts.storage_threads import ConversationContract
from leadcore.testing.contracts.storage_work import DirectoryContract, WorkContract


class StoreContract(
    WorkContract,
    DirectoryContract,
    DueContract,
    InboxWriterContract,
    IntakeContract,
    ComplianceContract,
    EvidenceContract,
    LeadContract,
    MessageContract,
    CadenceContract,
    ConversationContract,
):
    """Every promise of storage."""
