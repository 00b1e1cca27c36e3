"""What a tenant tells us to use their HubSpot portal."""

import msgspec

API = "https://api.hubapi.com"


class HubSpotSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`client_secret` is the app's: webhooks are signed with it.

    `previous_client_secret` keeps them believed while it is rotated. With `pipeline` (its id or its label), deals of
    other pipelines count as put away. HubSpot has no opt-in for texts: `opt_in_property` names the contact property
    that holds it ("true", "yes", "1" and "checked" are a yes); empty means that nobody opted in.
    `vehicle_properties` names four deal properties: year, make, model, body. With `app_id` and `developer_key` the
    webhooks are set up for you; else a person sets them up.
    """

    access_token: str
    client_secret: str = ""
    previous_client_secret: str = ""
    portal_id: str = ""
    pipeline: str = ""
    opt_in_property: str = ""
    note_property: str = "description"
    vehicle_properties: str = "vehicle_year,vehicle_make,vehicle_model,vehicle_body"
    hours_property: str = "labor_hours"
    app_id: str = ""
    developer_key: str = ""
    base_url: str = API

    def __repr__(self) -> str:
        """Leave the secrets out: settings end up in tracebacks and logs."""
        return (
            f"HubSpotSettings(portal_id={self.portal_id!r}, pipeline={self.pipeline!r}, app_id={self.app_id!r},"
            f" opt_in_property={self.opt_in_property!r}, base_url={self.base_url!r})"
        )
