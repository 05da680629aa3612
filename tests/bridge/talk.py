"""Conversations between the PrestaShop module and the service, kept as files that both sides are tested with.

A story in `stories.py` tells what the module asks, in order. Playing it against the real application either compares
every answer with its file in `prestashop_bridge/tests/recorded`, or, when recording, writes the file anew.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from service.core.clock import FixedClock

RECORDED = Path(__file__).parents[2] / "prestashop_bridge" / "tests" / "recorded"
_ID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")


@dataclass
class Talk:
    """One story being played: who calls, what time it is, and what has been said so far."""

    shop: httpx.AsyncClient
    integrator: httpx.AsyncClient
    clock: FixedClock
    is_recording: bool
    told: list[str] = field(default_factory=list)
    _ids: dict[str, str] = field(default_factory=dict)

    def at(self, instant: str) -> None:
        """Let it be this time."""
        self.clock.instant = datetime.fromisoformat(instant)

    async def prepare(self, method: str, path: str, body: Any = None, *, as_integrator: bool = False) -> Any:
        """Something that is so before the module speaks; it must succeed and is not recorded."""
        client = self.integrator if as_integrator else self.shop
        answer = await client.request(method, path, json=body)
        assert answer.is_success, (method, path, answer.text)
        return answer.json() if answer.content else None

    async def say(
        self, name: str, method: str, path: str, body: Any = None, *, shown: str | None = None, key: str | None = None
    ) -> Any:
        """One request of the module. `shown` is the path with `{names}` where PHP tests may put values of their own."""
        headers = {"Idempotency-Key": uuid4().hex} if method != "GET" else {}
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        answer = await self.shop.request(method, path, json=body, headers=headers)
        said = answer.json() if answer.content else None
        self._keep(
            name,
            {
                "request": {"method": method, "path": shown or path, "body": body},
                "response": {"status": answer.status_code, "body": said},
            },
        )
        self.told.append(name)
        return said

    def _keep(self, name: str, conversation: dict[str, Any]) -> None:
        file = RECORDED / f"{name}.json"
        text = self._with_stable_ids(json.dumps(conversation, indent=2, ensure_ascii=False) + "\n")
        if self.is_recording:
            file.write_text(text)
            return
        assert file.exists(), f"{name} was never recorded: make recordings"
        assert json.loads(file.read_text()) == json.loads(text), f"{name} is answered otherwise now: make recordings"

    def _with_stable_ids(self, text: str) -> str:
        """Ids are new with every run; here they are numbered in the order in which they are first seen."""

        def numbered(match: re.Match[str]) -> str:
            found = match.group()
            if found not in self._ids:
                self._ids[found] = f"018f0000-0000-7000-8000-{len(self._ids) + 1:012d}"
            return self._ids[found]

        text = re.sub(r'"request_id": "[^"]*"', '"request_id": "request"', text)
        # Secrets, too, are new with every run.
        text = re.sub(r"whsec_[A-Za-z0-9+/=]+", "whsec_c2VjcmV0LW9mLXRoZS10ZXN0cw==", text)
        return _ID.sub(numbered, text)
