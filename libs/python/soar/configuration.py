"""The configuration of a run: a preset and what differs from it, as in the YAML files of the `soar` command.

    {"preset": "paper", "domain": "math", "outerSteps": 50, "student": {"rl": {"groupSize": 16}}}

The services check it; here only what no service would see is refused. Domains in files are for the `soar` command.
"""

from __future__ import annotations

import difflib
import functools
import importlib.resources
import json
import os
import pathlib
from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format

from soar.coordinator import v1 as coordinator
from soar.errors import SoarError

#: Of a configuration that names none.
DEFAULT_PRESET = "paper"
Config = Mapping[str, Any] | str | os.PathLike[str] | coordinator.RunConfig


@functools.cache
def _presets() -> dict[str, Any]:
    presets: dict[str, Any] = json.loads(importlib.resources.files("soar").joinpath("presets.json").read_bytes())
    return presets


def preset_names() -> list[str]:
    return sorted(_presets())


def read_config(config: Config) -> coordinator.RunConfig:
    """The whole configuration: of a mapping, of a file (.json, or YAML where PyYAML is installed), or as it is."""
    if isinstance(config, coordinator.RunConfig):
        return config
    if not isinstance(config, Mapping):
        config = _from_file(pathlib.Path(config))
    own = dict(config)
    preset = own.pop("preset", DEFAULT_PRESET)
    if preset not in _presets():
        raise SoarError(
            f"preset: unknown preset {preset!r}; expected one of {', '.join(preset_names())}", where="preset"
        )
    if isinstance(own.get("domain"), Mapping):
        raise SoarError(
            "domain: expected a name; domains of files and services are for the soar command (soar run)",
            where="domain",
        )
    own.pop("judge", None)  # the soar command's alone, after a run
    try:
        fields = _json_names(coordinator.RunConfig.DESCRIPTOR, own, "")
        return json_format.ParseDict(_overlay(_presets()[preset], fields), coordinator.RunConfig())
    except json_format.ParseError as error:
        raise SoarError(f"config: {' '.join(str(error).split())[:300]}", where="config") from None


def _from_file(path: pathlib.Path) -> Mapping[str, Any]:
    try:
        text = path.read_text("utf-8")
        content = json.loads(text) if path.suffix == ".json" else _yaml(text, path)
    except OSError as error:
        raise SoarError(f"{path}: cannot be read: {error.strerror}", "NOT_FOUND", where="config") from None
    except ValueError as error:
        raise SoarError(f"{path}: {error}", where="config") from None
    if not isinstance(content, Mapping):
        raise SoarError(f'{path}: expected a mapping of fields (for example "outerSteps: 20")', where="config")
    return content


def _yaml(text: str, path: pathlib.Path) -> Any:
    try:
        import yaml
    except ImportError:
        raise SoarError(
            f"{path}: reading YAML needs PyYAML: pip install pyyaml, or give a mapping or a .json file",
            "FAILED_PRECONDITION",
            where="config",
        ) from None
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"not valid YAML: {' '.join(str(error).split())[:300]}") from None


def _json_names(descriptor: Any, value: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The same with every field under its JSON name, so that outer_steps of a file replaces outerSteps of a
    preset."""
    named = {}
    for key, inner in value.items():
        field = descriptor.fields_by_name.get(key) or descriptor.fields_by_camelcase_name.get(key)
        if field is None:
            known = list(descriptor.fields_by_camelcase_name)
            near = difflib.get_close_matches(str(key), known, 1)
            hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(known)}"
            raise SoarError(f"config: unknown field {path}{key}; {hint}", where=f"{path}{key}")
        is_message = field.message_type is not None and field.message_type.file.package.startswith("soar.")
        if is_message and isinstance(inner, Mapping) and not field.message_type.GetOptions().map_entry:
            inner = _json_names(field.message_type, inner, f"{path}{field.camelcase_name}.")
        named[field.camelcase_name] = inner
    return named


def _overlay(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` over `base`, field by field; lists are replaced whole."""
    merged = dict(base)
    for key, value in over.items():
        under = merged.get(key)
        if isinstance(under, Mapping) and isinstance(value, Mapping):
            merged[key] = _overlay(under, value)
        else:
            merged[key] = value
    return merged
