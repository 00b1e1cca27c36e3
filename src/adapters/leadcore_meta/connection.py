"""One tenant's Meta page: the door, the Graph API, and the way to set both up."""

import secrets

from leadcore.ports.plugin import ConnectionUrls, Finding
from leadcore_httpkit import NoAnswerError, VendorHttp
from leadcore_meta.door import MetaDoor
from leadcore_meta.graph import GraphRefusedError, MetaGraph
from leadcore_meta.settings import MetaSettings

_TOKEN_FIX = "paste a page token with leads_retrieval and pages_manage_metadata, and the App Secret of the same app"  # noqa: S105
_REACH_FIX = "check this machine's connection, its proxy, and base_url"


class MetaConnection(MetaDoor, MetaGraph):
    """`InboundDoor`, `ChallengedDoor`, `SubmissionSource` and `Connectable` over one connection pool."""

    def __init__(self, settings: MetaSettings) -> None:
        """Raises `InvalidInputError` when `base_url` is not an address we may call."""
        MetaDoor.__init__(self, settings)
        self._pool = VendorHttp(settings.base_url)
        MetaGraph.__init__(self, self._pool, settings)

    async def check(self) -> tuple[Finding, ...]:
        """Try the page token. Never raises."""
        try:
            page = await self.ask("me", fields="id,name")
        except (GraphRefusedError, NoAnswerError) as cause:
            return (_trouble(cause),)
        return (Finding(ok=True, what=f"the token opens the page {page.get('name') or page.get('id') or '?'}"),)

    async def register(self, urls: ConnectionUrls) -> tuple[Finding, ...]:
        """Subscribe the page to leadgen, and say what to enter for the app. Never raises."""
        token = self._verify_token or secrets.token_urlsafe(24)
        shown = "the stored verify token" if self._verify_token else f"the verify token {token} (shown only now)"
        fix = (
            f"in Meta for Developers > your app > Webhooks > Page enter the callback URL {urls.inbound} and {shown}, "
            "then subscribe to leadgen"
        )
        told = Finding(
            ok=False,
            what="the app's webhook has to be pointed at us by hand",
            fix=fix,
            code="by_hand",
            learned={} if self._verify_token else {"verify_token": token},
        )
        try:
            answer = await self.tell("me/subscribed_apps", subscribed_fields="leadgen")
        except (GraphRefusedError, NoAnswerError) as cause:
            return (_trouble(cause), told)
        if answer.get("success") is not True:
            return (Finding(ok=False, what="Meta did not subscribe the page", fix=_TOKEN_FIX, code="refused"), told)
        return (Finding(ok=True, what="the page tells our app of its leads"), told)

    async def aclose(self) -> None:
        """Give back sockets. Idempotent."""
        await self._pool.aclose()


def _trouble(cause: GraphRefusedError | NoAnswerError) -> Finding:
    if isinstance(cause, NoAnswerError):
        return Finding(ok=False, what=f"Meta gives no answer ({cause.reason})", fix=_REACH_FIX, code="unreachable")
    return Finding(ok=False, what=f"Meta refused: {cause}", fix=_TOKEN_FIX, code="refused")
