"""What is wrong with settings, in sentences that name the setting or the file, never a value."""

import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsError, TomlConfigSettingsSource

from engine.errors import EngineError

_UNKNOWN = "extra_forbidden"
_FIELD = re.compile(r'field "(\w+)"')


class SettingsFault(EngineError):
    """Raised when a setting is missing, unknown or cannot be right."""


def variable(name: str) -> str:
    """Return a setting as the environment names it."""
    return f"CHAPPE_{name.upper()}"


def toml_source(settings: type[BaseSettings], path: Path) -> TomlConfigSettingsSource:
    """Read the settings file. Raises SettingsFault naming it, and the place that is no TOML."""
    if not path.is_file():
        msg = f"CHAPPE_CONFIG names {path}, which is not a file"
        raise SettingsFault(msg)
    try:
        return TomlConfigSettingsSource(settings, path)
    except tomllib.TOMLDecodeError as error:
        msg = f"the settings file {path} is no TOML: {error}; mend it there"
    except UnicodeDecodeError:
        msg = f"the settings file {path} is no text in UTF-8; write it again"
    except OSError as error:
        msg = f"the settings file {path}: {error.strerror}; let the account that runs this read it"
    raise SettingsFault(msg) from None


def unreadable(error: SettingsError, fields: Mapping[str, FieldInfo]) -> str:
    """Say which variable of the environment is no JSON, where a setting is more than a word."""
    found = _FIELD.search(str(error))
    if found is None:
        return "a setting in the environment cannot be read"
    name = found.group(1)
    examples = fields[name].examples if name in fields else None
    such = f", such as {examples[0]}" if examples else ""
    return f"{variable(name)} cannot be read: expected JSON{such}"


def sentences(error: ValidationError, fields: Mapping[str, FieldInfo]) -> str:
    """Say everything that is wrong, setting by setting."""
    told = []
    for fault in error.errors(include_input=False, include_url=False):
        name = "_".join(map(str, fault["loc"]))
        said = _unknown(name, fields) if fault["type"] == _UNKNOWN else fault["msg"]
        told.append(f"{variable(name) if name else 'settings'}: {said}")
    return "; ".join(told)


def _unknown(name: str, fields: Mapping[str, FieldInfo]) -> str:
    alike = get_close_matches(name, fields, n=1)
    meant = f"; {alike[0]} is one" if alike else ""
    return (
        f"no setting is called {name}{meant}. It stands in the file that CHAPPE_CONFIG names, or in"
        " chappe.toml at home: mend it there"
    )
