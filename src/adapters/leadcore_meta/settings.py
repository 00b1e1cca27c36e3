"""What a tenant tells us of their Meta page."""

import msgspec

API = "https://graph.facebook.com"


class MetaSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`app_secret` signs webhooks, `page_token` (never expiring, with leads_retrieval) reads leads.

    `verify_token` is what Meta shows when the webhook is set up; registration makes one. `consent_checkbox` is the key
    of the lead form's custom disclaimer checkbox and `consent_wording` its text, word for word: only both together
    bring consent to be texted.
    """

    app_secret: str
    page_token: str
    previous_app_secret: str = ""
    verify_token: str = ""
    consent_checkbox: str = ""
    consent_wording: str = ""
    graph_version: str = "v24.0"
    base_url: str = API

    def __repr__(self) -> str:
        """Leave the secrets out: settings end up in tracebacks and logs."""
        return f"MetaSettings(graph_version={self.graph_version!r}, base_url={self.base_url!r})"
