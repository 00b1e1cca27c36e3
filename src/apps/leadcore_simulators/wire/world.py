"""Everything a simulated vendor owns between two requests."""

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from leadcore_simulators.wire.agenda import Agenda
from leadcore_simulators.wire.courier import Courier, Manners, Parcel
from leadcore_simulators.wire.faults import FaultPlan
from leadcore_simulators.wire.ledger import Ledger
from leadcore_simulators.wire.store import Store


class World(Struct, frozen=True, kw_only=True):
    """Data, log, faults, and the things under way."""

    store: Store
    ledger: Ledger
    faults: FaultPlan
    agenda: Agenda
    courier: Courier

    def send(self, parcel: Parcel, *, cause: str, delay_s: float = 0.0) -> None:
        """Hand a webhook to the courier, bent by the callback faults in force."""
        fired = self.faults.for_callback(parcel.op, cause=cause, fields={"url": parcel.url, "account": parcel.account})
        late_s = delay_s + fired.delay_s("callback_delay") + fired.delay_s("reorder_callbacks")
        self.courier.post(parcel, delay_s=late_s)
        twice = fired.first("duplicate_callback")
        for number in range(twice.copies if twice else 0):
            self.courier.post(self.courier.copy(parcel), delay_s=late_s + 0.02 * number)


def open_world(path: Path, *, seed: int, manners: Callable[[Store, Agenda], Manners]) -> World:
    """Open or create a vendor's file; *manners* may keep the store and the agenda it is given."""
    store = Store(path)
    agenda = Agenda(store)
    return World(
        store=store,
        ledger=Ledger(store),
        faults=FaultPlan(
            seed=seed, saved=store.setting("faults"), save=lambda value: store.set_setting("faults", value)
        ),
        agenda=agenda,
        courier=Courier(store, agenda, manners(store, agenda)),
    )
