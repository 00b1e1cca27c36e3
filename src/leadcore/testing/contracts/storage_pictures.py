"""Promises about pictures and the shelf."""

import hashlib

import pytest
from msgspec.structs import replace

from leadcore.flows.work import Store
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import PictureId
from leadcore.testing.builders import NOON, a_picture, an_entry, new_id
from leadcore.testing.contracts.contract import Contract
from leadcore.testing.contracts.shop import open_shop

_CONTENT = b"\xff\xd8\xff\x00picture"
_DIGEST = hashlib.sha256(_CONTENT).hexdigest()


class PictureContract(Contract):
    """A picture is stored once, belongs to one lead, and its bytes to one tenant."""

    async def test_a_picture_is_stored_once_per_source_and_number(self, store: Store) -> None:
        shop = await open_shop(store)
        picture = a_picture(shop.conversation, shop.connection)
        again = replace(picture, id=PictureId(new_id()))

        async with store.begin(shop.id) as uow:
            assert await uow.pictures.add(picture)
            assert not await uow.pictures.add(again)
            await uow.commit()

        async with store.begin(shop.id) as uow:
            assert await uow.pictures.get(picture.id, tenant_id=shop.id) == picture
            with pytest.raises(NotFoundError):
                await uow.pictures.get(again.id, tenant_id=shop.id)

    async def test_a_kept_picture_is_found_as_it_was_saved(self, store: Store) -> None:
        shop = await open_shop(store)
        entry = an_entry(shop.conversation)
        picture = a_picture(shop.conversation, shop.connection, entry_id=entry.id)
        kept, event = picture.keep(digest=_DIGEST, media_type="image/jpeg", size=len(_CONTENT), at=NOON)

        async with store.begin(shop.id) as uow:
            await uow.conversations.add_entry(entry)
            await uow.pictures.add(picture)
            await uow.pictures.save(kept)
            uow.publish(event)
            await uow.commit()

        async with store.begin(shop.id) as uow:
            assert await uow.pictures.of_lead(shop.lead.id, tenant_id=shop.id) == [kept]
            (line,) = await uow.leads.timeline(shop.lead.id, tenant_id=shop.id)
        assert (line.type, line.detail["picture_id"]) == ("picture.received", str(picture.id))

    async def test_pictures_of_a_lead_come_in_the_order_they_arrived(self, store: Store) -> None:
        shop = await open_shop(store)
        first = a_picture(shop.conversation, shop.connection, number=1)
        second = replace(first, id=PictureId(new_id()), number=2)

        async with store.begin(shop.id) as uow:
            await uow.pictures.add(second)
            await uow.pictures.add(first)
            await uow.commit()

        async with store.begin(shop.id) as uow:
            assert await uow.pictures.of_lead(shop.lead.id, tenant_id=shop.id) == [first, second]

    async def test_what_was_never_added_cannot_be_saved(self, store: Store) -> None:
        shop = await open_shop(store)

        async with store.begin(shop.id) as uow:
            with pytest.raises(NotFoundError):
                await uow.pictures.save(a_picture(shop.conversation, shop.connection))

    async def test_another_tenants_pictures_do_not_exist(self, store: Store) -> None:
        ours, theirs = await open_shop(store), await open_shop(store)
        picture = a_picture(theirs.conversation, theirs.connection)
        async with store.begin(theirs.id) as uow:
            await uow.pictures.add(picture)
            await uow.commit()

        async with store.begin(ours.id) as uow:
            for tenant_id in (ours.id, theirs.id):
                with pytest.raises(NotFoundError):
                    await uow.pictures.get(picture.id, tenant_id=tenant_id)
            assert await uow.pictures.of_lead(theirs.lead.id, tenant_id=theirs.id) == []
        async with store.begin(ours.id) as uow:
            with pytest.raises(NotFoundError):
                await uow.pictures.add(replace(picture, id=PictureId(new_id()), number=9))

    async def test_the_shelf_keeps_bytes_once_and_for_one_tenant(self, store: Store) -> None:
        ours, theirs = await open_shop(store), await open_shop(store)

        await store.shelf.put(_DIGEST, _CONTENT, tenant_id=ours.id)
        await store.shelf.put(_DIGEST, _CONTENT, tenant_id=ours.id)

        assert await store.shelf.fetch_content(_DIGEST, tenant_id=ours.id) == _CONTENT
        with pytest.raises(NotFoundError):
            await store.shelf.fetch_content(_DIGEST, tenant_id=theirs.id)
        with pytest.raises(NotFoundError):
            await store.shelf.fetch_content("0" * 64, tenant_id=ours.id)
