"""Structured payment references: valid for banks, different for every document, safe against typing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649

from service.receivables.references import payment_reference

numbers = st.integers(1, 2**63 - 1)


class TestPaymentReference:
    def test_is_the_number_after_its_check_digits(self):
        assert payment_reference(1_000_001) == "RF241000001"

    @given(numbers)
    def test_is_one_that_banks_accept(self, number: int):
        reference = payment_reference(number)
        assert iso11649.is_valid(reference)
        assert len(reference) <= 25

    @given(numbers, st.integers(0, 18), st.integers(1, 9))
    def test_a_mistyped_digit_is_noticed(self, number: int, place: int, shift: int):
        reference = payment_reference(number)
        at = 4 + place % (len(reference) - 4)
        mistyped = reference[:at] + str((int(reference[at]) + shift) % 10) + reference[at + 1 :]
        assert not iso11649.is_valid(mistyped)
