"""One tenant's ADF connection: the door, and what to tell the sender."""

import secrets

from leadcore.ports.plugin import ConnectionUrls, Finding
from leadcore_adf.door import AdfDoor
from leadcore_adf.settings import AdfSettings


class AdfConnection(AdfDoor):
    """`InboundDoor` and `Connectable`. Nothing is ever called."""

    def __init__(self, settings: AdfSettings) -> None:
        super().__init__(settings)
        self._secret = settings.secret

    async def check(self) -> tuple[Finding, ...]:
        """There is nothing to call. Never raises."""
        return (Finding(ok=True, what="ADF senders call us: there are no credentials to try"),)

    async def register(self, urls: ConnectionUrls) -> tuple[Finding, ...]:
        """Make a secret where none is set, and say what the sender needs. Never raises."""
        made = "" if self._secret else secrets.token_urlsafe(32)
        shown = f"{made} (shown only now)" if made else "the stored secret"
        mailed = urls.inbound.replace("://", "://adf:SECRET@", 1)
        return (
            Finding(
                ok=False,
                what="the sender has to be told by hand",
                fix=f"let it POST ADF/XML to {urls.inbound} with the header Authorization: Bearer and {shown}; for "
                f"leads by e-mail let your mail service's inbound webhook (SendGrid Inbound Parse) post to {mailed}",
                code="by_hand",
                learned={"secret": made} if made else {},
            ),
        )

    async def aclose(self) -> None:
        """There is nothing to give back."""
