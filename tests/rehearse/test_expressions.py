"""Expressions of workflows, as GitHub evaluates them."""

from __future__ import annotations

from typing import Any

import pytest

from publisher.rehearse.expressions import NotUnderstood, filled, holds, value

CONTEXTS: dict[str, Any] = {
    "github": {"event_name": "push", "ref_type": "tag", "event": {"pull_request": None}},
    "needs": {"site": {"result": "success", "outputs": {"attest": "true"}}},
    "vars": {},
    "inputs": {"step": "draw $(rm -rf /)"},
}


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("github.event_name == 'push'", True),
        ("github.event_name == 'PUSH'", True),
        ("github.event_name != 'pull_request' && needs.site.outputs.attest == 'true'", True),
        ("needs.site.result == 'success' && vars.KEEP == 'commit'", False),
        ("vars.KEEP == ''", True),
        ("vars.KEEP || 'artifact'", "artifact"),
        ("github.event.pull_request.number", None),
        ("!(1 == 2) && true", True),
        ("false || null", None),
        ("contains('a,B', 'b') && startsWith(github.ref_type, 'ta')", True),
        ("'it''s'", "it's"),
        ("1.5 == 1.5", True),
    ],
)
def test_what_an_expression_stands_for(expression: str, found: Any) -> None:
    assert value(expression, CONTEXTS) == found


@pytest.mark.parametrize(
    ("condition", "succeeded", "cancelled", "found"),
    [
        ("", True, False, True),
        ("", False, False, False),
        ("github.ref_type == 'tag'", True, False, True),
        ("github.ref_type == 'tag'", False, False, False),
        ("${{ !cancelled() }}", False, False, True),
        ("${{ !cancelled() }}", True, True, False),
        ("${{ !cancelled() && needs.site.result != 'failure' }}", False, False, True),
        ("always()", False, True, True),
        ("failure()", False, False, True),
        ("failure()", True, False, False),
        ("success() && github.ref_type == 'branch'", True, False, False),
    ],
)
def test_a_condition_that_asks_for_no_status_asks_for_success(
    condition: str, succeeded: bool, cancelled: bool, found: bool
) -> None:
    assert holds(condition, CONTEXTS, succeeded=succeeded, cancelled=cancelled) is found


def test_values_are_put_in_as_texts_and_not_looked_at_again() -> None:
    assert filled("a ${{ inputs.step }} ${{ vars.NO }}${{ true }}", CONTEXTS) == "a draw $(rm -rf /) true"


@pytest.mark.parametrize("expression", ["a ~ b", "hashFiles('x')", "(1 == 1", "1 ==", "a b"])
def test_what_is_not_rehearsed_is_said(expression: str) -> None:
    with pytest.raises(NotUnderstood):
        value(expression, CONTEXTS)
