"""The widgets of a notebook: what they show is compared, by which random ids they know each other is not.

Each is numbered where it is first met: from the outputs of the cells, then through what it refers to. Those that
no output leads to follow in the order of their states. It does not know what a widget looks like.
"""

from __future__ import annotations

import json
from typing import Any

VIEW = "application/vnd.jupyter.widget-view+json"  #: an output that shows a widget
_STATE = "application/vnd.jupyter.widget-state+json"
_REFERENCE = "IPY_MODEL_"


class Widgets:
    """The widgets whose state a notebook holds, and the numbers that stand for their ids."""

    def __init__(self, notebook: dict[str, Any]) -> None:
        metadata = notebook.get("metadata")
        kept = metadata.get("widgets") if isinstance(metadata, dict) else None
        saved = kept.get(_STATE) if isinstance(kept, dict) else None
        states = saved.get("state") if isinstance(saved, dict) else None
        self._states: dict[str, Any] = states if isinstance(states, dict) else {}
        self._beside = _without(kept, _STATE), _without(saved, "state")
        if not isinstance(states, dict):
            self._beside = kept, None  # in a form that we do not know: all of it counts
        self._numbers: dict[str, int] = {}
        self._number_from([cell.get("outputs") for cell in notebook["cells"] if isinstance(cell, dict)])
        left = {each: self._masked(each) for each in self._states if each not in self._numbers}
        for each in sorted(left, key=lambda each: left[each]):
            self._number_from({"model_id": each})

    def _number_from(self, tree: Any) -> None:
        """Numbers what a tree refers to, and what that refers to, in an order that no id decides."""
        waiting = [tree]
        while waiting:
            each = waiting.pop()
            if isinstance(each, dict):
                waiting += [value for _, value in sorted(each.items(), reverse=True)]
                known = each.get("model_id")
            elif isinstance(each, list):
                waiting += reversed(each)
                continue
            else:
                known = each.removeprefix(_REFERENCE) if isinstance(each, str) else None
                if known == each:
                    continue
            if isinstance(known, str) and known in self._states and known not in self._numbers:
                self._numbers[known] = len(self._numbers) + 1
                waiting.append(self._states[known])

    def _masked(self, model: str) -> str:
        """The state of a widget without what it refers to."""
        return json.dumps(_replaced(self._states[model], dict.fromkeys(self._states, 0)), sort_keys=True)

    def numbered(self, tree: Any) -> Any:
        """A tree in which numbers stand for the ids of widgets."""
        return _replaced(tree, self._numbers)

    def view(self, tree: Any) -> Any:
        """An output that shows a widget; the id of one whose state was not kept is left out."""
        if isinstance(tree, dict) and isinstance(tree.get("model_id"), str):
            tree = tree if tree["model_id"] in self._numbers else _without(tree, "model_id")
        return self.numbered(tree)

    def states(self) -> list[tuple[str, Any]]:
        """What is kept of each widget, in the order of their numbers, and what stands beside them."""
        beside = [("widgets", list(self._beside))] if any(self._beside) else []
        known = [(f"widget {n}", self.numbered(self._states[each])) for each, n in self._numbers.items()]
        return beside + known


def _without(mapping: Any, name: str) -> Any:
    return {k: v for k, v in mapping.items() if k != name} if isinstance(mapping, dict) else None


def _replaced(tree: Any, numbers: dict[str, int]) -> Any:
    if isinstance(tree, dict):
        replaced = {key: _replaced(value, numbers) for key, value in tree.items()}
        model = tree.get("model_id")
        if isinstance(model, str) and model in numbers:
            replaced["model_id"] = numbers[model]
        return replaced
    if isinstance(tree, list):
        return [_replaced(each, numbers) for each in tree]
    if isinstance(tree, str) and (known := tree.removeprefix(_REFERENCE)) != tree and known in numbers:
        return ["widget", numbers[known]]
    return tree
