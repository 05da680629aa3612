"""What can be wrong with a key, a shop or a merchant's settings."""

from __future__ import annotations

from service.core.errors import ServiceError

__all__ = [
    "IntegratorKeyRequired", "KeyAlreadyRevoked", "KeyExpired", "KeyInvalid", "MerchantError",
    "ReminderPolicyUnknown", "ScopesInvalid", "SettingsBroken", "ShopCodeTaken", "ShopRequired", "TimeZoneUnknown",
]  # fmt: skip


class MerchantError(ServiceError):
    """Base of what this domain refuses."""

    code = "merchant_error"
    status = 422
    title = "The merchant's data does not allow this"


class KeyInvalid(MerchantError):
    """No key, a wrong one, or one that was revoked: a stranger learns no more than that."""

    code = "key_invalid"
    status = 401
    title = "The request needs a valid key: Authorization: Bearer <key>"


class KeyExpired(MerchantError):
    """The key was good once, for instance before its rotation ended."""

    code = "key_expired"
    status = 401
    title = "The key has expired"


class KeyAlreadyRevoked(MerchantError):
    """A key that is revoked or expired gets no successor; make a new one."""

    code = "key_already_revoked"
    status = 409
    title = "The key is revoked or expired"


class IntegratorKeyRequired(MerchantError):
    """What concerns all shops is not for the key of one of them. `detail` says what a shop's key can do instead, if
    anything, and where an integrator's key comes from."""

    code = "integrator_key_required"
    status = 403
    title = "This needs an integrator's key; a shop's key acts for its own shop only"

    def __init__(self, instead: str = "") -> None:
        origin = "`encours key create` without --shop makes an integrator's key."
        super().__init__(" ".join(filter(None, (f"{self.title}.", instead, origin))))


class ScopesInvalid(MerchantError):
    """A key cannot be given what it cannot have: unknown scopes, or more than its giver has."""

    code = "scopes_invalid"
    title = "The key cannot have these scopes"


class ShopRequired(MerchantError):
    """An integrator's key acts for all shops of its merchant, so it must say which one is meant."""

    code = "shop_required"
    title = "Name the shop, as in `?shop=CODE`"


class ShopCodeTaken(MerchantError):
    """Shops of a merchant have different codes."""

    code = "shop_code_taken"
    status = 409
    title = "Another shop of this merchant has this code"


class TimeZoneUnknown(MerchantError):
    """Due dates are days in a shop's zone, so its name must be an area and a place of the IANA database, or UTC."""

    code = "time_zone_unknown"
    title = "The time zone is not a name of the IANA database, such as Europe/Paris"


class ReminderPolicyUnknown(MerchantError):
    """Settings that choose a policy which does not exist would switch all reminders off; `known` lists what can be chosen."""

    code = "reminder_policy_unknown"
    title = "There is no reminder policy of this code"


class SettingsBroken(MerchantError):
    """Stored settings that cannot be read withhold the payment method; nothing is guessed (G07)."""

    code = "settings_broken"
    status = 409
    title = "The stored settings of this shop or merchant cannot be used; correct them first"
