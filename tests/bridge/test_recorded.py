"""The service answers the PrestaShop module as it did when its answers were recorded for the module's own tests."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable

import httpx
import pytest

from service.core.clock import FixedClock
from service.infra.database import Database
from service.infra.work import Work
from service.terms.service import install_catalogue
from tests.app import Tenant
from tests.bridge.staff_stories import STAFF_STORIES
from tests.bridge.stories import STORIES
from tests.bridge.talk import RECORDED, Talk

ALL_STORIES = (*STORIES, *STAFF_STORIES)

# `make recordings` sets it: then answers are written instead of compared.
_IS_RECORDING = os.environ.get("ENCOURS_RECORD") == "1"


@pytest.mark.parametrize("story", ALL_STORIES, ids=[story.__name__ for story in ALL_STORIES])
async def test_the_service_answers_as_recorded(
    story: Callable[[Talk], Awaitable[None]],
    client: httpx.AsyncClient,
    integrator: httpx.AsyncClient,
    database: Database,
    tenant: Tenant,
    clock: FixedClock,
) -> None:
    async with database.transaction() as session:
        await install_catalogue(Work(session=session, caller=tenant.caller(), now=clock.now()))
    talk = Talk(shop=client, integrator=integrator, clock=clock, is_recording=_IS_RECORDING)
    await story(talk)
    assert talk.told, "a story that tells nothing"


def test_every_recording_is_told_by_one_story() -> None:
    told = [line for story in ALL_STORIES for line in _names(story)]
    assert sorted(told) == sorted(file.stem for file in RECORDED.glob("*.json"))


def _names(story: Callable[[Talk], Awaitable[None]]) -> list[str]:
    """The names a story uses, read from its code: `say` is always called with a literal."""
    code = story.__code__
    return [name for name in code.co_consts if isinstance(name, str) and (RECORDED / f"{name}.json").exists()]
