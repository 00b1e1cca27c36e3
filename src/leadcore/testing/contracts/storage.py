"""What every `Store` promises. Subclass `StoreContract` and supply the fixtures `store` and `production_store`.

Both are empty and migrated. The environment of `store` is anything but `production`, that of the other is.
"""

from leadcore.testing.contracts.storage_cadences import CadenceContract
from leadcore.testing.contracts.storage_catalog import CatalogContract
from leadcore.testing.contracts.storage_due import DueContract
from leadcore.testing.contracts.storage_entities import EntityContract
from leadcore.testing.contracts.storage_evidence import EvidenceContract
from leadcore.testing.contracts.storage_holds import HoldContract
from leadcore.testing.contracts.storage_identity import IdentityContract
from leadcore.testing.contracts.storage_inbox_writer import InboxWriterContract
from leadcore.testing.contracts.storage_intake import BulkIntakeContract
from leadcore.testing.contracts.storage_lanes import LaneContract
from leadcore.testing.contracts.storage_law import LawContract
from leadcore.testing.contracts.storage_life import LeadLifeContract
from leadcore.testing.contracts.storage_outreach import MessageContract
from leadcore.testing.contracts.storage_people import ComplianceContract, IntakeContract, LeadContract
from leadcore.testing.contracts.storage_pictures import PictureContract
from leadcore.testing.contracts.storage_polls import PollContract
from leadcore.testing.contracts.storage_privacy import PrivacyContract
from leadcore.testing.contracts.storage_rollouts import RolloutContract
from leadcore.testing.contracts.storage_threads import ConversationContract
from leadcore.testing.contracts.storage_work import DirectoryContract, WorkContract
from leadcore.testing.contracts.storage_write_back import WriteBackContract


class StoreContract(
    WorkContract,
    DirectoryContract,
    DueContract,
    HoldContract,
    InboxWriterContract,
    LaneContract,
    IntakeContract,
    BulkIntakeContract,
    EntityContract,
    CatalogContract,
    ComplianceContract,
    EvidenceContract,
    LeadContract,
    LeadLifeContract,
    PollContract,
    IdentityContract,
    LawContract,
    MessageContract,
    CadenceContract,
    RolloutContract,
    ConversationContract,
    WriteBackContract,
    PictureContract,
    PrivacyContract,
):
    """Every promise of storage."""
