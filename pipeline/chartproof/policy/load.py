"""Read policies from YAML files, one file a policy version."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from chartproof.data import data_folder
from chartproof.policy.errors import PolicyError, RuleFault, plain, read_utf8, unknown
from chartproof.policy.operators import Window
from chartproof.policy.operators_order import Earlier
from chartproof.policy.rules import OPERATORS
from chartproof.policy.schema import Criterion, Effective, Policy, Verified

# The parser in C where PyYAML was built with it: a library of policies is read at every start.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_policies(folder: Path | None = None, library: bool = True) -> dict[str, Policy]:
    """The policies of the library, and those of a folder of the user's, by id. Subfolders are not read.

    A policy of the user's replaces the one of the library with the same id; others are added after the library's.

    Args:
        folder: a folder of the user's. The library is ``chartproof.data.data_folder("policies")``.
        library: False reads the user's folder alone.

    Raises:
        FileNotFoundError: there is no such folder, or no ``*.yaml`` in it.
        PolicyError: a file cannot be used; says file, line, where in it, what is wrong and what was meant.
    """
    shipped = data_folder("policies") if library or folder is None else None
    own = data_folder("policies", folder) if folder is not None else None
    policies = _read_folder(shipped) if shipped is not None else {}
    if own is not None and (shipped is None or own.resolve() != shipped.resolve()):
        policies |= _read_folder(own)
    return policies


def policy_files(folder: Path) -> list[Path]:
    """The files of a folder that hold policies, in order of their names."""
    return sorted(folder.glob("*.yaml"))


def _read_folder(folder: Path) -> dict[str, Policy]:
    policies: dict[str, Policy] = {}
    for file in policy_files(folder):
        policy = load_policy(file)
        if policy.id in policies:
            raise PolicyError(file, 1, "id", f"the id '{policy.id}' is given by another file too")
        if policy.supersedes == policy.id:
            raise PolicyError(file, 1, "supersedes", "a policy cannot supersede itself")
        policies[policy.id] = policy
    if not policies:
        raise FileNotFoundError(f"no policies (*.yaml) in {folder}")
    return policies


def load_policy(file: Path) -> Policy:
    """One policy.

    Raises:
        PolicyError: the file cannot be used.
    """
    return _parse(file, read_utf8(file))


@lru_cache(maxsize=256)  # a command checks what it was asked for before the process that scores loads the same
def _parse(file: Path, text: str) -> Policy:
    tree = None
    try:
        loader = LOADER(text)
        tree = loader.get_single_node()
        _no_key_twice(tree, file, set())
        content = loader.construct_document(tree) if tree is not None else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PolicyError(file, line, "", f"no YAML: {error.problem or 'unreadable'}") from None
    except yaml.YAMLError:
        raise PolicyError(file, 1, "", "no YAML: it holds characters that YAML does not allow") from None
    except ValueError as error:
        if isinstance(error, PolicyError):
            raise
        line, value = _no_date(tree)
        raise PolicyError(file, line, "", f"{value or 'a value'} is no date: {error}; write YYYY-MM-DD") from None
    if not isinstance(content, dict):
        raise PolicyError(file, 1, "", "is no mapping; a policy begins with its `id:`")
    try:
        return Policy.model_validate(content)
    except ValidationError as error:
        raise _first_fault(error, file, tree, content) from None


def _no_date(tree: yaml.Node | None) -> tuple[int, str]:
    """The line and the words of the first date of a file that the calendar does not have."""
    for node in _scalars(tree):
        if node.tag.endswith(":timestamp"):
            try:
                LOADER("").construct_object(node)
            except ValueError:
                return node.start_mark.line + 1, node.value
    return 1, ""


def _scalars(node: yaml.Node | None) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _scalars(value)
    elif isinstance(node, yaml.MappingNode):
        for _, value in node.value:
            yield from _scalars(value)


def _first_fault(error: ValidationError, file: Path, tree: yaml.Node | None, content: Any) -> PolicyError:
    """The first fault of a file as an error with line, path and advice."""
    fault = _told_first(error)
    loc: tuple[str | int, ...] = fault["loc"]
    problem = plain(fault)
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
    path, line = find(tree, loc)
    return PolicyError(file, line, path, problem)


def _told_first(error: ValidationError) -> ErrorDetails:
    """The fault to tell: the first; but where a key is missing and one like it is there, the misspelt key."""
    faults = error.errors(include_url=False)
    first = faults[0]
    if first["type"] != "missing":
        return first
    beside = [x for x in faults if x["type"] == "extra_forbidden" and x["loc"][:-1] == first["loc"][:-1]]
    like = get_close_matches(str(first["loc"][-1]), [str(x["loc"][-1]) for x in beside], n=1)
    return next((x for x in beside if like and x["loc"][-1] == like[0]), first)


def _keys_beside(loc: tuple[str | int, ...]) -> list[str]:
    """The keys allowed where an unknown one was found."""
    if len(loc) == 1:
        return _names(Policy)
    if len(loc) == 3 and loc[0] == "criteria":
        return _names(Criterion)
    if len(loc) == 2:
        return _names({"effective": Effective, "verified": Verified}.get(str(loc[0])))
    # Within a rule the place ends ..., operator, (tag,) key.
    operator = OPERATORS.get(str(loc[-2]))
    if operator is not None:
        field = next(f for n, f in operator.model_fields.items() if (f.alias or n) == operator.OPERATOR)
        return _names(field.annotation)
    return {"within": _names(Window), "by": _names(Earlier)}.get(str(loc[-2]), [])


def _names(model: Any) -> list[str]:
    """The keys of a model; none where it is no model."""
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return []
    return [field.alias or name for name, field in model.model_fields.items()]


def find(tree: yaml.Node | None, loc: tuple[str | int, ...]) -> tuple[str, int]:
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


def _no_key_twice(node: yaml.Node | None, file: Path, seen: set[int]) -> None:
    """YAML readers keep the last of two equal keys without a word; a criterion would be lost."""
    if node is None or id(node) in seen:  # a node that an alias repeats is the same object
        return
    seen.add(id(node))
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
