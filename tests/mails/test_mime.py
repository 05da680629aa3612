"""Every message we write is read back by the standard library as what was put in."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime

from hypothesis import example, given
from hypothesis import strategies as st

from service.mails.mime import Attachment, InlineImage, Mailbox, Message, write_message

SENT_AT = datetime(2026, 3, 2, 9, 0, 7, tzinfo=UTC)
# What a database can hold; line ends and other controls come from careless systems.
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=150)
LINE = TEXT.map(lambda text: " ".join(text.split()))


def message(**changes: object) -> Message:
    values: dict[str, object] = {
        "message_id": "018f3b1c@dupont.example",
        "sent_at": SENT_AT,
        "sender": Mailbox("accounts@dupont.example", "Dupont Négoce"),
        "recipients": [Mailbox("martin@example.org")],
        "subject": "Reminder",
        "text": "Hello\n",
        "html": "<p>Hello</p>\n",
    }
    return Message(**(values | changes))  # type: ignore[arg-type]


def read(written: bytes) -> EmailMessage:
    parsed = message_from_bytes(written, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def defects_of(parsed: EmailMessage) -> list[object]:
    return [
        defect for part in parsed.walk() for defect in (*part.defects, *(d for v in part.values() for d in v.defects))
    ]


def body_of(parsed: EmailMessage, kind: str) -> str:
    part = parsed.get_body((kind,))
    assert part is not None
    content: str = part.get_content()
    return content


def printable(text: str) -> str:
    """What may stay of a header's text: controls and line ends become spaces."""
    return " ".join("".join(" " if ord(c) <= 32 or c in "\x7f\x85\u2028\u2029" else c for c in text).split(" ")).strip()


def squeezed(text: str) -> str:
    return " ".join(part for part in printable(text).split(" ") if part)


class TestHeaders:
    @given(subject=TEXT)
    @example(subject="=?utf-8?b?Zm9v?=")
    @example(subject="word " * 60)
    @example(subject="x" * 200)
    @example(subject="one\r\nBcc: victim@example.org")
    @example(subject="é" * 300)
    def test_a_subject_reads_back(self, subject: str) -> None:
        parsed = read(write_message(message(subject=subject)))
        assert str(parsed["subject"]) == squeezed(subject)
        assert set(parsed.keys()) == {"From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"}

    @given(name=TEXT)
    @example(name='O"Neil \\ Sons, Ltd. <boss@example.org>')
    @example(name="Dupont\r\nBcc: victim@example.org")
    @example(name="n" * 250)
    def test_a_name_reads_back(self, name: str) -> None:
        written = write_message(message(sender=Mailbox("a@b.example", name), reply_to=Mailbox("c@d.example", name)))
        # The newer parser of Python 3.11 puts spaces between encoded words of a name; the older one is right.
        parsed = message_from_bytes(written)
        for header, address in (("from", "a@b.example"), ("reply-to", "c@d.example")):
            shown, found = parseaddr(parsed[header].replace("\r\n", ""))
            assert str(make_header(decode_header(shown))) == squeezed(name)
            assert found == address

    def test_several_recipients_read_back(self) -> None:
        boxes = [Mailbox("a@b.example", "Ä, Ö"), Mailbox("c@d.example"), Mailbox("e@f.example", "E F")]
        parsed = read(write_message(message(recipients=boxes)))
        assert [address.addr_spec for address in parsed["to"].addresses] == [box.address for box in boxes]
        assert [address.display_name for address in parsed["to"].addresses] == ["Ä, Ö", "", "E F"]

    def test_date_id_and_further_headers_read_back(self) -> None:
        parsed = read(write_message(message(headers=[("Auto-Submitted", "auto-generated"), ("List-ID", "<a.b>")])))
        assert parsedate_to_datetime(parsed["date"]) == SENT_AT
        assert parsed["message-id"] == "<018f3b1c@dupont.example>"
        assert (parsed["auto-submitted"], parsed["list-id"]) == ("auto-generated", "<a.b>")

    @given(subject=TEXT, name=TEXT)
    def test_lines_of_headers_are_as_short_as_the_standard_wants(self, subject: str, name: str) -> None:
        written = write_message(message(subject=subject, sender=Mailbox("a@b.example", name)))
        head = written.partition(b"\r\n\r\n")[0].split(b"\r\n")
        assert all(len(line) <= 998 for line in head)
        assert all(len(line) <= 76 for line in head if b"=?utf-8?b?" in line)


class TestBodies:
    @given(text=TEXT, html=TEXT)
    @example(text=".\n.\n..\nFrom here\n", html="a=3D\n" + "long " * 400)
    @example(text="trailing \t \nblanks\t\n", html="--=_00000000_a--\n")
    def test_both_parts_read_back(self, text: str, html: str) -> None:
        written = write_message(message(text=text, html=html))
        parsed = read(written)
        assert parsed.get_content_type() == "multipart/alternative"
        for kind, content in (("plain", text), ("html", html)):
            expected = content.replace("\r\n", "\n").replace("\r", "\n")
            assert body_of(parsed, kind).replace("\r\n", "\n") == expected
        assert not defects_of(parsed)
        written.decode("ascii")
        assert all(len(line) <= 998 for line in written.split(b"\r\n"))
        assert b"\n" not in written.replace(b"\r\n", b"")

    @given(content=st.binary(max_size=2000), name=TEXT)
    @example(content=b"", name="Relevé de compte.csv")
    def test_images_and_attachments_read_back(self, content: bytes, name: str) -> None:
        attachment = Attachment(squeezed(name) or "file", "text/csv", content)
        parsed = read(write_message(message(images=[InlineImage("epc", content)], attachments=[attachment])))
        kinds = [part.get_content_type() for part in parsed.walk()]
        assert kinds == [
            "multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png", "text/csv",
        ]  # fmt: skip
        image, file = [part for part in parsed.walk() if part.get_content_type() in {"image/png", "text/csv"}]
        assert (image["content-id"], image.get_content_disposition()) == ("<epc>", "inline")
        assert image.get_payload(decode=True) == content
        assert file.get_payload(decode=True) == content
        assert file.get_filename() == attachment.filename
        assert not defects_of(parsed)
