"""What VIES sends back. Unlike our own edge, unknown fields are let pass: the registry adds some now and then."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

__all__ = ["ViesAnswer"]

_MAX_TEXT = 500
_UNDISCLOSED = "---"


def _disclosed_text(value: object) -> object:
    """None for what a member state keeps to itself; control characters, which PostgreSQL refuses, are left out."""
    if not isinstance(value, str):
        return value
    text = "".join(character for character in value if character == "\n" or character.isprintable()).strip()
    return text[:_MAX_TEXT] if text and text != _UNDISCLOSED else None


_DisclosedText = Annotated[str | None, BeforeValidator(_disclosed_text)]
# A proof is kept whole or not at all, so a longer one is refused and not cut.
_ConsultationNumber = Annotated[Annotated[str, Field(max_length=64)] | None, BeforeValidator(_disclosed_text)]


class ViesErrorWrapper(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)

    error: Annotated[str, Field(max_length=_MAX_TEXT)]


class ViesAnswer(BaseModel):
    """Both envelopes in one: the answer to a question, and `errorWrappers`, which come with any HTTP status.

    A `userError` of VALID or INVALID repeats `valid`; anything else means that there is no answer.
    """

    model_config = ConfigDict(strict=True, frozen=True)

    valid: bool | None = None
    user_error: Annotated[str | None, Field(alias="userError", max_length=_MAX_TEXT)] = None
    request_identifier: Annotated[_ConsultationNumber, Field(alias="requestIdentifier")] = None
    name: _DisclosedText = None
    address: _DisclosedText = None
    error_wrappers: Annotated[list[ViesErrorWrapper] | None, Field(alias="errorWrappers", max_length=20)] = None
    action_succeed: Annotated[bool | None, Field(alias="actionSucceed")] = None

    @property
    def error_code(self) -> str | None:
        """The registry's code where it gave no answer."""
        if self.error_wrappers:
            return self.error_wrappers[0].error
        if self.action_succeed is False:
            return ""
        restates_the_answer = not self.user_error or self.user_error == ("VALID" if self.valid else "INVALID")
        return None if restates_the_answer else self.user_error
