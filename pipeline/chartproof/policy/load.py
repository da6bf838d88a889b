"""Read policies from YAML files, one file a policy version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from chartproof.data import data_folder
from chartproof.policy.errors import PolicyError, RuleFault, unknown
from chartproof.policy.schema import Criterion, Policy


def load_policies(folder: Path | None = None) -> dict[str, Policy]:
    """All policies of a folder by id, in order of their file names. Subfolders are not read.

    Args:
        folder: a folder of the user's; else the one of ``chartproof.data.data_folder("policies")``.

    Raises:
        FileNotFoundError: there is no such folder, or no ``*.yaml`` in it.
        PolicyError: a file cannot be used; says file, line, where in it, what is wrong and what was meant.
    """
    where = data_folder("policies", folder)
    policies: dict[str, Policy] = {}
    for file in sorted(where.glob("*.yaml")):
        policy = load_policy(file)
        if policy.id in policies:
            raise PolicyError(file, 1, "id", f"the id '{policy.id}' is given by another file too")
        policies[policy.id] = policy
    if not policies:
        raise FileNotFoundError(f"no policies (*.yaml) in {where}")
    for policy in policies.values():
        if policy.supersedes is not None and policy.supersedes == policy.id:
            raise PolicyError(where / f"{policy.id}.yaml", 1, "supersedes", "a policy cannot supersede itself")
    return policies


def load_policy(file: Path) -> Policy:
    """One policy.

    Raises:
        PolicyError: the file cannot be used.
    """
    text = file.read_text(encoding="utf-8")
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        _no_key_twice(tree, file, [])
        content = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PolicyError(file, line, "", f"no YAML: {error.problem or 'unreadable'}") from None
    except yaml.YAMLError:
        raise PolicyError(file, 1, "", "no YAML: it holds characters that YAML does not allow") from None
    except ValueError as error:
        if isinstance(error, PolicyError):
            raise
        raise PolicyError(file, 1, "", f"no YAML: {error}") from None
    if not isinstance(content, dict):
        raise PolicyError(file, 1, "", "is no mapping; a policy begins with its `id:`")
    try:
        return Policy.model_validate(content)
    except ValidationError as error:
        raise _first_fault(error, file, tree, content) from None


def _first_fault(error: ValidationError, file: Path, tree: yaml.Node | None, content: Any) -> PolicyError:
    """The first fault of a file as an error with line, path and advice."""
    fault = error.errors(include_url=False)[0]
    loc: tuple[str | int, ...] = fault["loc"]
    problem = str(fault["msg"])
    cause = fault.get("ctx", {}).get("error")
    if isinstance(cause, RuleFault):
        loc, problem = (*loc, *cause.path), cause.problem
    elif fault["type"] == "extra_forbidden":
        problem = f"unknown key '{loc[-1]}'"
        known = _keys_beside(loc)
        if known:
            problem = unknown("key", loc[-1], known)
    elif fault["type"] == "missing":
        problem = f"'{loc[-1]}' is missing"
        loc = loc[:-1]
    elif fault["type"] == "enum":
        words = [word.strip("' ") for word in str(fault["ctx"]["expected"]).replace(" or ", ", ").split(", ")]
        problem = unknown("value", fault["input"], words)
    elif fault["type"] == "string_type" and isinstance(fault["input"], int | float):
        problem = f'is a number; write it in quotes: "{fault["input"]}"'
    path, line = _find(tree, loc)
    return PolicyError(file, line, path, problem)


def _keys_beside(loc: tuple[str | int, ...]) -> list[str]:
    """The keys allowed where an unknown one was found: known for the policy itself and its criteria."""
    if len(loc) == 1:
        return [field.alias or name for name, field in Policy.model_fields.items()]
    if len(loc) == 3 and loc[0] == "criteria":
        return list(Criterion.model_fields)
    return []


def _find(tree: yaml.Node | None, loc: tuple[str | int, ...]) -> tuple[str, int]:
    """The path as the file has it and the line, for a place in the models; steps that are no part of the file (the
    tags of a union) are passed over."""
    node, path = tree, ""
    line = node.start_mark.line + 1 if node is not None else 1
    for step in loc:
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node, path = node.value[step], f"{path}[{step}]"
        elif isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == str(step)), None)
            if pair is None:
                continue
            key, node = pair
            path += ("." if path else "") + str(step)
            line = key.start_mark.line + 1
            continue
        else:
            continue
        line = node.start_mark.line + 1
    return path, line


def _no_key_twice(node: yaml.Node | None, file: Path, seen: list[yaml.Node]) -> None:
    """YAML readers keep the last of two equal keys without a word; a criterion would be lost."""
    if node is None or any(node is one for one in seen):
        return
    seen.append(node)
    if isinstance(node, yaml.MappingNode):
        keys: set[str] = set()
        for key, value in node.value:
            if key.value in keys and key.value != "<<":
                raise PolicyError(file, key.start_mark.line + 1, str(key.value), "the key is given twice")
            keys.add(str(key.value))
            _no_key_twice(value, file, seen)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _no_key_twice(value, file, seen)
