"""Settings: one frozen value, read once from the environment and a TOML file.

Environment variables start with ``CHAPPE_`` and beat the file. No other module of the engine
reads the environment.
"""

import os
import pwd
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from engine.gateway.peers import Network, read_networks
from engine.secret_files import SecretFiles
from engine.setting_faults import SettingsFault, sentences, toml_source, unreadable

__all__ = ["Settings", "SettingsFault", "load_settings"]

MEMORY_BROKER = "memory://"
OWN_CONFIG = "chappe.toml"  # in the home folder
NOWHERE = "none"
_LAST_PORT = 65_535


def _account_name() -> str:
    """Return the name of the operating system's account; its number where it has no name."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


class Settings(SecretFiles):
    """Everything that differs between two installations of Chappe."""

    model_config = SettingsConfigDict(
        env_prefix="CHAPPE_", frozen=True, extra="forbid", env_ignore_empty=True
    )

    config: Path | None = Field(
        default=None,
        description="TOML file with any of these settings; default: chappe.toml at home",
    )
    home: Path = Field(
        default=Path("~/.chappe"), description="Folder of the embedded database, keys and outbox"
    )
    database_url: SecretStr | None = Field(
        default=None, description="Main database; default: SQLite in the home folder"
    )
    keyring_url: SecretStr | None = Field(
        default=None, description="Database of the keys; default: a second SQLite file"
    )
    broker_url: SecretStr = Field(
        default=SecretStr(MEMORY_BROKER), description="amqp:// URL, or memory:// for one process"
    )
    master_key_file: Path | None = Field(
        default=None, description="File that holds the master key; default: in the home folder"
    )
    drop_dir: Path | None = Field(
        default=None, description="Folder with one sub-folder of recipient files per controller"
    )
    smtp_url: SecretStr | None = Field(
        default=None, description="Relay that `chappe init` sets up as the email connector"
    )
    public_url: str = Field(
        default="http://localhost:8080",
        description="Base of the links that recipients see; its path is where the gateway serves",
    )
    gateway_listen: str = Field(
        default="127.0.0.1:8080",
        description="Address and port that the gateway listens on; `none`: `chappe up` serves none",
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses or networks of our own proxies, separated by commas: only their"
        " X-Forwarded-For counts",
    )
    metrics_listen: str = Field(
        default="127.0.0.1:9464",
        description="Address and port that `chappe metrics` and `chappe up` show metrics on; `none`",
    )
    process_metrics_listen: str = Field(
        default=NOWHERE,
        description="Address and port that this process shows its memory, event loop and pools on",
    )
    return_domain: str = Field(
        default="localhost.test", description="Domain of return paths and message ids"
    )
    dkim_keys: dict[str, Path] = Field(
        default={},
        description="Private keys (PEM) that sign mails for the return domain, by DNS selector, as"
        ' JSON: {"mail": "/etc/chappe/mail.pem"}; none: the relay signs',
        examples=['{"mail": "/etc/chappe/mail.pem"}'],
    )
    answer_timeout: float = Field(
        default=120.0, ge=0.1, le=900, description="Seconds to wait for a provider's last answer"
    )
    slice_deadline: float = Field(
        default=20.0, ge=0.2, le=300, description="Seconds in which a slice must be handed over"
    )
    lease_margin: float = Field(
        default=5.0, ge=0.1, le=60, description="Seconds added to the lease of a batch"
    )
    turn_seconds: float = Field(
        default=5.0, ge=0.1, le=600, description="Seconds after which a batch is given back"
    )
    batch_size: int = Field(default=1000, ge=1, le=10_000, description="Recipients in a batch")
    worker_threads: int = Field(default=8, ge=2, le=64, description="Threads in a worker process")
    max_job_bytes: int = Field(
        default=8 * 1024 * 1024, ge=1024, description="Largest campaign message accepted"
    )
    allow_inline: bool = Field(
        default=True, description="Whether a campaign message may carry recipients itself"
    )
    clock_offset: int = Field(
        default=0, description="Milliseconds added to the clock; refused with a real broker"
    )
    actor: str = Field(
        default_factory=_account_name,
        min_length=1,
        max_length=100,
        description="Who acts, in the audit; default: the account that runs the command",
    )
    log_format: Literal["console", "json"] = Field(
        default="console", description="How log lines are written"
    )

    @model_validator(mode="after")
    def _no_shifted_clock_in_production(self) -> "Settings":
        if self.clock_offset and not self.embedded:
            msg = "CHAPPE_CLOCK_OFFSET is for demos and tests: refused with a real broker"
            raise ValueError(msg)
        if urlsplit(self.public_url).scheme not in {"http", "https"}:
            msg = "CHAPPE_PUBLIC_URL must start with https://"
            raise ValueError(msg)
        return self

    @field_validator("broker_url")
    @classmethod
    def _broker_can_be_reached(cls, given: SecretStr) -> SecretStr:
        url = given.get_secret_value()
        if not url.startswith("memory:") and (fault := _fault_of_broker(url)):
            msg = f"{fault}; expected amqp://account:password@host:5672/, or memory://"
            raise ValueError(msg)
        return given

    @field_validator("gateway_listen", "metrics_listen", "process_metrics_listen")
    @classmethod
    def _address_can_be_read(cls, given: str) -> str:
        _listen(given)
        return given

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies_can_be_read(cls, given: str) -> str:
        read_networks(given)
        return given

    @property
    def gateway_address(self) -> tuple[str, int] | None:
        """Host and port that the gateway listens on; port 0: any free one; None: nowhere."""
        return _listen(self.gateway_listen)

    @property
    def metrics_address(self) -> tuple[str, int] | None:
        """Host and port that metrics are shown on; port 0: any free one; None: nowhere."""
        return _listen(self.metrics_listen)

    @property
    def process_metrics_address(self) -> tuple[str, int] | None:
        """Host and port that figures of this process are shown on; None: nowhere."""
        return _listen(self.process_metrics_listen)

    @property
    def proxies(self) -> tuple[Network, ...]:
        """The proxies whose forwarded headers count."""
        return read_networks(self.trusted_proxies)

    @property
    def embedded(self) -> bool:
        """Whether everything runs in one process, without RabbitMQ."""
        return self.broker_url.get_secret_value().startswith("memory:")

    @property
    def home_folder(self) -> Path:
        """The home folder, with ``~`` resolved."""
        return self.home.expanduser()

    @property
    def database(self) -> str:
        """URL of the main database."""
        return self._url(self.database_url, "chappe.db")

    @property
    def keyring(self) -> str:
        """URL of the keyring."""
        return self._url(self.keyring_url, "keyring.db")

    @property
    def master_key_path(self) -> Path:
        """Where the master key lies."""
        return (self.master_key_file or self.home_folder / "master.key").expanduser()

    @property
    def drop_folder(self) -> Path:
        """Where controllers drop recipient files."""
        return (self.drop_dir or self.home_folder / "drop").expanduser()

    @property
    def lease_seconds(self) -> float:
        """How long a claim lasts: hand-over, the last answers, and a margin for the commit."""
        return self.slice_deadline + self.answer_timeout + self.lease_margin

    def _url(self, given: SecretStr | None, file_name: str) -> str:
        if given is not None:
            return given.get_secret_value()
        return f"sqlite:///{self.home_folder / file_name}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (the hook's signature)
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (the hook's signature)
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments, then the environment, then the TOML file that either names.

        Where neither names one, ``chappe.toml`` in the home folder is read if it is there.
        """
        given = env_settings() | init_settings()
        named = given.get("config")
        if not named:  # `chappe init` keeps there what differs from the defaults
            own = Path(given.get("home") or cls.model_fields["home"].default) / OWN_CONFIG
            if not own.expanduser().is_file():
                return (init_settings, env_settings)
            named = own
        toml = toml_source(settings_cls, Path(named).expanduser())
        return (init_settings, env_settings, toml)


def _listen(given: str) -> tuple[str, int] | None:
    if given.strip().lower() == NOWHERE:
        return None
    host, _, port = given.strip().rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isascii() or not port.isdigit() or int(port) > _LAST_PORT:
        msg = "expected an address and a port, such as 127.0.0.1:8080 or [::1]:8080, or none"
        raise ValueError(msg)
    return host, int(port)


def _fault_of_broker(url: str) -> str:
    """Return what is wrong with a broker's URL, without quoting it; empty: nothing."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # read to see whether it can be
    except ValueError:
        return "host and port cannot be read"
    if parts.scheme not in {"amqp", "amqps"}:
        return "it does not start with amqp:// or amqps://"
    if parts.username is not None and parts.password is None:
        return "it names an account without a password"
    return ""


def load_settings(**given: object) -> Settings:
    """Read the settings; keyword arguments beat environment and file.

    Raises SettingsFault naming every setting that is wrong, never its value.
    """
    try:
        return Settings(**given)  # type: ignore[arg-type]  # validated by pydantic itself
    except ValidationError as error:
        fault = sentences(error, Settings.model_fields)
    except SettingsError as error:
        fault = unreadable(error, Settings.model_fields)
    raise SettingsFault(fault)
