"""Why a link cannot be made, and why one opens nothing."""

from __future__ import annotations

from service.core.errors import ServiceError

__all__ = ["LinkEnded", "LinkUnknown", "PortalAddressUnknown", "PortalError", "PortalLinksOff", "PortalUnavailable"]


class PortalError(ServiceError):
    """Base of everything this domain refuses."""

    code = "portal_error"
    status = 409
    title = "The portal cannot do this"


class PortalAddressUnknown(PortalError):
    """The operator has not said under which address the world reaches the service."""

    code = "portal_address_unknown"
    title = "Links to accounts cannot be made before the operator sets ENCOURS_PUBLIC_URL"


class PortalLinksOff(PortalError):
    """`portal_link_days` is 0 there."""

    code = "portal_links_off"
    title = "The settings allow no links to accounts"


class PortalUnavailable(PortalError):
    """What the shop wants cannot be read."""

    code = "portal_unavailable"
    status = 503
    title = "The shop's settings cannot be read, so its accounts are not shown"


# These two are told to people, on a page, and never to a machine.


class LinkUnknown(Exception):
    """Not a link of ours, or not as it was given."""


class LinkEnded(Exception):
    """A link that is too old or was ended on purpose; which of them is nobody's business."""

    def __init__(self, *, language: str, sender: str, reply_to: str) -> None:
        super().__init__()
        self.language = language
        self.sender = sender
        self.reply_to = reply_to
