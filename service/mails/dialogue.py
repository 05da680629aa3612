"""What a mail server answers, and what its answers mean. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from service.mails.domain import Outcome, SendResult

__all__ = ["Reply", "is_address_dead", "judge", "read_replies", "stuff_dots"]

_MAX_TEXT: Final = 300
_ENHANCED: Final = re.compile(r"^([245])\.(\d{1,3})\.(\d{1,3})\b")
# RFC 3463: no such user, no such system, wrong syntax, moved, switched off. Others are about policy or the moment.
_DEAD: Final = frozenset({(1, 0), (1, 1), (1, 2), (1, 3), (1, 6), (1, 10), (2, 1)})
# Without an enhanced code: mailbox unavailable, not local, name not allowed.
_DEAD_CODES: Final = frozenset({550, 551, 553})
# The message itself is not wanted, wherever it comes from: too large.
_TOO_LARGE: Final = 552


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of a server: its code and its text on one line."""

    code: int
    text: str

    @property
    def is_ok(self) -> bool:
        return 200 <= self.code < 400

    @property
    def is_permanent(self) -> bool:
        return 500 <= self.code < 600

    def __str__(self) -> str:
        return f"{self.code} {self.text}"[:_MAX_TEXT]


def read_replies(buffer: bytearray) -> list[Reply]:
    """Take all complete answers out of what was received; raises ValueError for what is none."""
    replies: list[Reply] = []
    lines: list[str] = []
    done = start = 0
    while (end := buffer.find(b"\n", start)) >= 0:
        line = bytes(buffer[start:end]).rstrip(b"\r").decode("utf-8", "replace")
        start = end + 1
        if len(line) < 3 or not line[:3].isascii() or not line[:3].isdigit():
            raise ValueError(f"not an answer of a mail server: {line[:80]!r}")
        lines.append(line[4:])
        if line[3:4] != "-":
            text = " ".join(" ".join(lines).split())
            replies.append(Reply(int(line[:3]), "".join(c for c in text if c.isprintable())))
            lines, done = [], start
    del buffer[:done]
    return replies


def stuff_dots(message: bytes) -> bytes:
    """The message as it goes over the wire (RFC 5321, 4.5.2), with the dot that ends it."""
    if message.startswith(b"."):
        message = b"." + message
    message = message.replace(b"\r\n.", b"\r\n..")
    return message + (b".\r\n" if message.endswith(b"\r\n") else b"\r\n.\r\n")


def judge(*, sender: Reply, recipients: Mapping[str, Reply], data: Reply | None) -> SendResult:
    """What all answers together mean. `data` is the one to the end of the message, None when it was never sent."""
    refused = {address: str(reply) for address, reply in recipients.items() if not reply.is_ok}
    if not sender.is_ok:
        # A sender that is not allowed is for the server's owner to allow: every mail would be refused alike.
        outcome = Outcome.REFUSED if sender.code == _TOO_LARGE else Outcome.TEMPORARY
        return SendResult(outcome=outcome, detail=f"sender: {sender}")
    if len(refused) == len(recipients):
        return SendResult(
            outcome=_worst(list(recipients.values())), detail=next(iter(refused.values())), refused=refused
        )
    if data is None:
        return SendResult(outcome=Outcome.TEMPORARY, detail="the server would not take the message", refused=refused)
    if data.is_ok:
        return SendResult(outcome=Outcome.SENT, detail=str(data), refused=refused)
    outcome = Outcome.REFUSED if data.is_permanent else Outcome.TEMPORARY
    return SendResult(outcome=outcome, detail=str(data), refused=refused)


def _worst(replies: Sequence[Reply]) -> Outcome:
    """While one recipient may still be taken later, the mail is not lost."""
    return Outcome.REFUSED if all(reply.is_permanent for reply in replies) else Outcome.TEMPORARY


def is_address_dead(said: str) -> bool:
    """Whether a refusal means that the address itself takes no mail, by a server's answer or a report's status."""
    code, _, text = said.partition(" ")
    if not code.startswith("5"):
        return False
    enhanced = _ENHANCED.match(code) or _ENHANCED.match(text)
    if enhanced:
        return enhanced[1] == "5" and (int(enhanced[2]), int(enhanced[3])) in _DEAD
    return code.isdigit() and int(code) in _DEAD_CODES
