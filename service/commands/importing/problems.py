"""What is wrong with a file, said where it is."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ImportProblem"]


@dataclass(frozen=True, slots=True, order=True)
class ImportProblem:
    """`file:line: column: what is wrong`. Line 0 is the file as a whole, an empty column the line as a whole."""

    file: str
    line: int
    column: str
    what: str

    @property
    def text(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.column}: {self.what}" if self.column else f"{place}: {self.what}"
