"""The Twilio simulator as an ASGI app."""

from collections.abc import Callable
from pathlib import Path

from leadcore_simulators.twilio import answers, media, messages
from leadcore_simulators.twilio.accounts import (
    account_view,
    furnish,
    number_of,
    number_view,
    save_number,
    with_account,
)
from leadcore_simulators.twilio.controls import Controls
from leadcore_simulators.twilio.hooks import manners
from leadcore_simulators.twilio.inbound import Reception
from leadcore_simulators.twilio.progress import Progress
from leadcore_simulators.twilio.validation import check_url
from leadcore_simulators.wire.http import Answer, Fields, Request, json_answer
from leadcore_simulators.wire.simulator import Route, Simulator, Vendor
from leadcore_simulators.wire.world import World, open_world

_ROOT = "/2010-04-01/Accounts/{account}"
_NUMBER_SETTINGS = {"SmsUrl": "sms_url", "SmsMethod": "sms_method", "StatusCallback": "status_callback"}


def create_app(store_dir: Path, seed: int = 1) -> Simulator:
    """Open (or create) `twilio.sqlite` in a folder and serve it; the default account is always there."""
    world = open_world(store_dir / "twilio.sqlite", seed=seed, manners=manners)
    furnish(world)
    Progress(world)
    vendor = Vendor(
        routes=_routes(world),
        controls=Controls(world, Reception(world)).routes(),
        refusal=answers.by_fault,
        not_found=answers.not_found,
        bad_json=answers.bad_json,
        on_reset=lambda: furnish(world),
    )
    return Simulator(world, vendor)


def _routes(world: World) -> tuple[Route, ...]:
    def bound(handler: Callable[[World, Fields, Request], Answer]) -> Callable[[Fields, Request], Answer]:
        return lambda account, request: handler(world, account, request)

    def account(found: Fields, _: Request) -> Answer:
        return json_answer(account_view(found))

    routes = (
        ("get_account", "GET", ".json", account),
        ("list_numbers", "GET", "/IncomingPhoneNumbers.json", bound(_numbers)),
        ("get_number", "GET", "/IncomingPhoneNumbers/{sid}.json", bound(_number)),
        ("update_number", "POST", "/IncomingPhoneNumbers/{sid}.json", bound(_update_number)),
        ("create_message", "POST", "/Messages.json", bound(messages.create)),
        ("list_messages", "GET", "/Messages.json", bound(messages.listing)),
        ("fetch_message", "GET", "/Messages/{sid}.json", bound(messages.fetch)),
        ("fetch_media", "GET", "/Messages/{sid}/Media/{media}", bound(media.fetch)),
        ("update_message", "POST", "/Messages/{sid}.json", bound(messages.update)),
    )
    return tuple(
        Route(op=op, method=method, path=_ROOT + path, handler=with_account(world, handler))
        for op, method, path, handler in routes
    )


def _numbers(world: World, account: Fields, request: Request) -> Answer:
    wanted = request.asked("PhoneNumber")
    found = [number for number in world.store.find("number", account["sid"]) if wanted in number["phone_number"]]
    path = f"/2010-04-01/Accounts/{account['sid']}/IncomingPhoneNumbers.json"
    page = {
        "incoming_phone_numbers": [number_view(number) for number in found],
        "page": 0, "page_size": 50, "start": 0, "end": max(len(found) - 1, 0), "uri": path,
        "first_page_uri": f"{path}?PageSize=50&Page=0", "next_page_uri": None, "previous_page_uri": None,
    }  # fmt: skip
    return json_answer(page)


def _number(world: World, account: Fields, request: Request) -> Answer:
    return json_answer(number_view(_own_number(world, account, request)))


def _update_number(world: World, account: Fields, request: Request) -> Answer:
    number = _own_number(world, account, request)
    form = {name: values[-1] for name, values in request.form().items()}
    for name, field in _NUMBER_SETTINGS.items():
        if name not in form:
            continue
        if form[name] and name != "SmsMethod":
            check_url(name, form[name])
        number[field] = form[name]
    with world.store.transaction():
        save_number(world, number)
        world.ledger.record(
            op="update_number", account=account["sid"], ref=number["sid"], fields=form, same=form, faults=request.faults
        )
    return json_answer(number_view(number))


def _own_number(world: World, account: Fields, request: Request) -> Fields:
    found = world.store.get("number", account["sid"], request.params["sid"])
    found = found or number_of(world, request.params["sid"], account_sid=account["sid"])
    if found is None:
        raise answers.refused(20404, f"The requested resource {request.path} was not found", status=404)
    return found
