"""Own templates over the API: saved when they render, kept in versions, used, and replaced when they break."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import text

from service.mails.domain import MailStatus
from service.mails.log_repository import read_content
from tests.mails.world import MailWorld

PATH = "/v1/mail-templates/late_1/en"
OWN = {
    "subject": "Own: {{ total_due }}",
    "text": "Own text {{ company.name }}",
    "html": '{% extends "_base/layout.html" %}{% block content %}<p class="text">Own</p>{% endblock %}',
}


async def subject_of_next(world: MailWorld, **changes: Any) -> str:
    mail_id = await world.queue(**changes)
    await world.send()
    assert (await world.show(mail_id)).status is MailStatus.SENT
    async with world.work() as work:
        content = await read_content(work, mail_id)
    assert content is not None
    return content.subject


class TestSaving:
    async def test_begins_with_the_shipped_texts(self, client: httpx.AsyncClient) -> None:
        shown = (await client.get(PATH)).json()
        assert (shown["is_own"], shown["version"]) == (False, None)
        assert shown["html"].startswith('{% extends "_base/layout.html" %}')
        response = await client.put(PATH, json={name: shown[name] for name in ("subject", "text", "html")})
        assert (response.status_code, response.json()["is_own"]) == (200, True)

    async def test_an_own_text_is_used_by_the_next_mail(self, client: httpx.AsyncClient, world: MailWorld) -> None:
        assert (await client.put(PATH, json=OWN | {"reason": "Our tone"})).json()["version"] == 1
        assert await subject_of_next(world) == "Own: €1,234.50"

    async def test_the_shops_own_comes_before_the_merchants(
        self, client: httpx.AsyncClient, integrator: httpx.AsyncClient, world: MailWorld
    ) -> None:
        await integrator.put(PATH, json=OWN | {"subject": "Merchant"})
        assert await subject_of_next(world) == "Merchant"
        assert (await client.get(PATH)).json()["subject"] == "Merchant"
        await client.put(PATH, json=OWN | {"subject": "Shop"})
        assert await subject_of_next(world) == "Shop"
        assert [(each["shop"], each["version"]) for each in (await integrator.get("/v1/mail-templates")).json()["items"]] == [(None, 1), ("main", 1)]  # fmt: skip

    @pytest.mark.parametrize(
        ("changes", "part", "line"),
        [
            ({"text": "a\n{{ nothing }}"}, "body.txt", 2),
            ({"html": "{% if %}"}, "body.html", 1),
            ({"subject": "{{ ''.__class__ }}"}, "subject.txt", 1),
            # Only some mails have a payment block.
            ({"text": "{{ payment.iban }}"}, "body.txt", 1),
        ],
    )
    async def test_what_does_not_render_is_refused_with_its_line(
        self, client: httpx.AsyncClient, changes: dict[str, str], part: str, line: int
    ) -> None:
        response = await client.put(PATH, json=OWN | changes)
        problem = response.json()
        assert (response.status_code, problem["code"]) == (422, "mail_template_broken")
        assert (problem["part"], problem["line"]) == (part, line)
        assert (await client.get(PATH)).json()["is_own"] is False

    @pytest.mark.parametrize("path", ["/v1/mail-templates/late_1/pl", "/v1/mail-templates/late_9/en"])
    async def test_unknown_kinds_and_languages(self, client: httpx.AsyncClient, path: str) -> None:
        assert (await client.get(path)).status_code in {404, 422}

    async def test_others_see_nothing_of_it(self, client: httpx.AsyncClient, stranger: httpx.AsyncClient) -> None:
        await client.put(PATH, json=OWN)
        assert (await stranger.get(PATH)).json()["is_own"] is False
        assert (await stranger.get("/v1/mail-templates")).json()["items"] == []
        assert (await stranger.put(f"{PATH}?shop=main", json=OWN)).status_code == 404


class TestVersions:
    async def test_are_kept_and_can_be_restored(self, client: httpx.AsyncClient) -> None:
        for number in (1, 2):
            await client.put(PATH, json=OWN | {"subject": f"Version {number}"})
        restored = await client.post(f"{PATH}/versions/1/restore", json={"reason": "Better"})
        assert (restored.json()["version"], restored.json()["subject"]) == (3, "Version 1")
        versions = (await client.get(f"{PATH}/versions")).json()["items"]
        assert [(each["version"], each["reason"]) for each in versions] == [(3, "Better"), (2, None), (1, None)]
        assert [each["version"] for each in (await client.get(f"{PATH}/versions?before=2")).json()["items"]] == [1]

    async def test_back_to_the_shipped_one_and_forth(self, client: httpx.AsyncClient, world: MailWorld) -> None:
        await client.put(PATH, json=OWN)
        assert (await client.delete(PATH)).json()["is_own"] is False
        assert await subject_of_next(world) == "Reminder: invoice PS-1042 is overdue"
        assert (await client.delete(PATH)).json()["code"] == "mail_template_not_found"
        assert (await client.post(f"{PATH}/versions/1/restore", json={})).json()["is_own"] is True

    async def test_an_unknown_version(self, client: httpx.AsyncClient) -> None:
        response = await client.post(f"{PATH}/versions/7/restore", json={})
        assert (response.status_code, response.json()["code"]) == (404, "mail_template_not_found")


class TestPreview:
    async def test_shows_a_made_up_mail_and_saves_nothing(self, client: httpx.AsyncClient) -> None:
        body = OWN | {
            "html": '{% extends "_base/layout.html" %}{% block content %}{% include "_base/payment.html" %}{% endblock %}'
        }
        seen = (await client.post(f"{PATH}/preview", json=body)).json()
        assert seen["subject"] == "Own: €1,891.64"
        assert 'src="data:image/png;base64,' in seen["html"]
        bare = (await client.post(f"{PATH}/preview", json=body | {"sample": 3})).json()
        assert "data:image/png" not in bare["html"]
        assert (await client.get(PATH)).json()["is_own"] is False

    async def test_says_what_is_wrong(self, client: httpx.AsyncClient) -> None:
        response = await client.post(f"{PATH}/preview", json=OWN | {"text": "{{ nothing }}"})
        assert response.json()["detail"] == "body.txt, line 1: 'nothing' is undefined"

    async def test_lists_kinds_and_variables(self, client: httpx.AsyncClient) -> None:
        kinds = (await client.get("/v1/mail-templates/kinds")).json()
        (late,) = [each for each in kinds["items"] if each["kind"] == "late_1"]
        assert {"name": "documents[].open_amount", "type": "text", "description": "What is left to pay."} in late[
            "variables"
        ]
        assert "_base/payment.html" in kinds["parts"]
        assert "plural" in kinds["filters"]


class TestBreaking:
    async def test_the_shipped_text_goes_out_and_staff_see_it(
        self, client: httpx.AsyncClient, world: MailWorld
    ) -> None:
        await client.put(PATH, json=OWN)
        # As a later release might: a name that a template used is gone.
        async with world.work() as work:
            await work.session.execute(text("UPDATE mail_templates SET text = '{{ gone }}'"))
        assert await subject_of_next(world) == "Reminder: invoice PS-1042 is overdue"
        shown = (await client.get(PATH)).json()
        assert shown["broken_at"] is not None
        assert shown["broken_detail"] == "body.txt, line 1: 'gone' is undefined"
