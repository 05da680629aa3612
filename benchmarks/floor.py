"""The floor: what FastAPI with Pydantic in and out costs when nothing is done in between."""

from __future__ import annotations

import sys
from typing import Final

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

__all__ = ["app"]

app: Final = FastAPI()


class FloorRequest(BaseModel):
    """As much as a quote asks."""

    company: str
    amount: str
    currency: str
    explain: bool


class FloorAnswer(BaseModel):
    """As little as a quote could answer."""

    outcome: str
    amount: str
    currency: str
    available_credit: str


@app.post("/v1/quotes")
async def quote(request: FloorRequest) -> FloorAnswer:
    """Answer without looking."""
    return FloorAnswer(outcome="approved", amount=request.amount, currency=request.currency, available_credit="1000.00")


if __name__ == "__main__":
    uvicorn.run(
        app,
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
    )
