"""Builds `dist/encours-<version>.zip`, the file that PrestaShop's module manager takes. The same sources give the same
bytes, whoever builds it and when.

The version is the one in `encours.php`; nothing else says it.
"""

from __future__ import annotations

import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

BRIDGE = Path(__file__).parent
MODULE = BRIDGE / "encours"
# What the shop needs; anything else in the folder is a mistake that stops the build.
SHIPPED = frozenset({".php", ".tpl", ".css", ".js", ".png", ".gif", ".svg"})
# A zip knows no time zone, and no time before this one.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def version() -> str:
    """Of the module, such as `0.1.0`."""
    found = re.search(r"const VERSION = '([0-9]+\.[0-9]+\.[0-9]+)';", (MODULE / "encours.php").read_text())
    if found is None:
        raise ValueError("encours.php does not say its version")
    return found[1]


def shipped_files() -> Iterator[Path]:
    """Everything in the module's folder that belongs to it, in a fixed order."""
    for path in sorted(MODULE.rglob("*")):
        if path.is_dir():
            if not (path / "index.php").is_file():
                raise ValueError(f"{path.relative_to(BRIDGE)} has no index.php: PrestaShop wants one in every folder")
        elif path.suffix in SHIPPED:
            yield path
        else:
            raise ValueError(f"{path.relative_to(BRIDGE)} would be shipped: remove it, or name its kind in build.py")


def build(folder: Path) -> Path:
    """Writes the archive into the folder and returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / f"encours-{version()}.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as into:
        for path in [BRIDGE / "LICENSE", *shipped_files()]:
            name = "encours/LICENSE" if path.parent == BRIDGE else path.relative_to(BRIDGE).as_posix()
            entry = zipfile.ZipInfo(name, date_time=_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            into.writestr(entry, path.read_bytes())
    return archive


if __name__ == "__main__":
    print(build(Path(sys.argv[1] if len(sys.argv) > 1 else BRIDGE.parent / "dist")))
