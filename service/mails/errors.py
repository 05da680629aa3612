"""What can be wrong with a mail, a template, a server or an address."""

from __future__ import annotations

from service.core.errors import ServiceError

__all__ = [
    "AddressNotKnown", "BounceUnreadable", "CompanyHasNoAddress", "MailError", "MailNotFound", "MailServerMissing",
    "MailServerRefused", "MailStatusWrong", "NothingToTell", "SenderMissing", "TemplateBroken", "TemplateChanged",
    "TemplateNotFound",
]  # fmt: skip


class MailError(ServiceError):
    """Base of this domain's refusals."""


class MailNotFound(MailError):
    """No mail with this id that the key may see."""

    code = "mail_not_found"
    status = 404
    title = "There is no such mail here"


class MailStatusWrong(MailError):
    """What was asked for goes with another status: a queued mail is cancelled, an ended one is sent again."""

    code = "mail_status_wrong"
    status = 409
    title = "The mail is in another status"


class TemplateBroken(MailError):
    """The template cannot be rendered; `part` and `line` say where."""

    code = "mail_template_broken"
    status = 422
    title = "The template cannot be rendered"


class TemplateNotFound(MailError):
    """No own template, or no such version of it."""

    code = "mail_template_not_found"
    status = 404
    title = "There is no such version of an own template"


class TemplateChanged(MailError):
    """Two requests saved the same template at once."""

    code = "mail_template_changed"
    status = 409
    title = "Somebody else saved this template at the same moment; look at it and repeat the request"


class MailServerMissing(MailError):
    """The merchant has no mail server of its own."""

    code = "mail_server_missing"
    status = 404
    title = "The merchant has no mail server of its own"


class MailServerRefused(MailError):
    """A server that nothing may be sent to, or one whose password would travel in the clear."""

    code = "mail_server_refused"
    status = 422
    title = "This mail server cannot be used"


class SenderMissing(MailError):
    """No address is known that mails could come from."""

    code = "mail_sender_missing"
    status = 409
    title = "No address is set that mails come from; set `mail_sender_address` or ask the operator"


class CompanyHasNoAddress(MailError):
    """Neither the company nor any of its buyers has an address that takes mails."""

    code = "mail_address_missing"
    status = 409
    title = "No address of the company is known that takes mails"


class AddressNotKnown(MailError):
    """Nothing is known against this address."""

    code = "mail_address_not_found"
    status = 404
    title = "The address is not listed as undeliverable"


class NothingToTell(MailError):
    """The company has no credit line to tell about."""

    code = "mail_nothing_to_tell"
    status = 409
    title = "There is nothing that such a mail could say"


class BounceUnreadable(MailError):
    """Not a delivery report, or one that does not say which mail it is about."""

    code = "bounce_unreadable"
    status = 422
    title = "This is no delivery report that names its mail"
