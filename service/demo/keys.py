"""The demo's keys, kept in the data folder so that they can be shown again: nobody else's secrets are."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

import orjson

__all__ = ["DemoKeys", "read_keys", "write_keys"]

_FILE: Final = "demo-keys.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoKeys:
    """Of the demo merchant with this id; `export` is its second shop."""

    merchant_id: str
    main: str
    export: str
    integrator: str

    def of_shop(self, code: str) -> str:
        return self.main if code == "main" else self.export


def read_keys(data_dir: Path, merchant_id: UUID) -> DemoKeys | None:
    """None when there are none, or those of another database's demo."""
    try:
        keys = DemoKeys(**orjson.loads((data_dir / _FILE).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    return keys if keys.merchant_id == str(merchant_id) else None


def write_keys(data_dir: Path, keys: DemoKeys) -> None:
    """Readable by the user who runs the service, and nobody else."""
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / _FILE
    draft = path.with_name(f".{_FILE}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(orjson.dumps(asdict(keys)))
    draft.replace(path)
