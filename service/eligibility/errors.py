"""What can be wrong with eligibility rules. A decline is a decision, not an error."""

from __future__ import annotations

from collections.abc import Sequence

from service.core.errors import FieldProblem, NotFound, ServiceError

__all__ = ["DecisionNotFound", "EligibilityError", "PolicyIsCustom", "PolicyNotFound", "RulesInvalid"]


class EligibilityError(ServiceError):
    """Base of what this domain refuses."""

    code = "eligibility_error"
    status = 422
    title = "The eligibility settings cannot be used"


class RulesInvalid(EligibilityError):
    """The rules say something that cannot be evaluated; `problems` name each place by JSON pointer."""

    code = "rules_invalid"
    title = "The eligibility rules cannot be used"

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__(None, problems=[dict(problem) for problem in problems])


class PolicyIsCustom(EligibilityError):
    """The rules in force say more than the essentials can; they are replaced only on purpose."""

    code = "policy_is_custom"
    status = 409
    title = "The rules in force say more than the essentials can; send `replace_custom` to replace them"


class PolicyNotFound(NotFound):
    """There is nothing to withdraw: the shop follows its merchant, or the merchant has no policy."""

    code = "policy_not_found"
    title = "No policy of its own is set there"


class DecisionNotFound(NotFound):
    """No such decision of this merchant, or for a shop's key of this shop."""

    code = "decision_not_found"
    title = "There is no such decision"
