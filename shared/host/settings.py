"""The settings of a process: environment variables with one prefix, each with a default."""

import os
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.errors import Misconfigured

CHECKOUT = Path(__file__).resolve().parents[2]
Port = Annotated[int, Field(ge=1, le=65535)]
ALIKE = 0.9
"""A variable this much like a setting is one with a slip in its name."""
SHORTEST_SECRET = 24
"""Characters: too many to guess for whoever knows the number of a case."""


class Settings(BaseSettings):
    """Read once at start. A relative path that was given counts from where the command was called."""

    model_config = SettingsConfigDict(env_prefix="AMENDS_", frozen=True, extra="ignore")

    home: Path = Field(CHECKOUT / ".amends", description="Embedded data, keys, the local mailbox.")
    database_url: str = Field("", description="`postgresql://…`, one for all services; empty: the embedded server.")
    kafka: str = Field("", description="`host:port,…` of Apache Kafka; empty: the bus inside the database.")
    kafka_security: Literal["", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "", description="For brokers that ask for TLS or a login; empty: PLAINTEXT."
    )
    kafka_sasl_mechanism: Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "", description="How to log in, with the two below."
    )
    kafka_sasl_username: str = Field("", description="The login's name.")
    kafka_sasl_password: str = Field("", description="The login's password.")
    policy: Path = Field(CHECKOUT / "deploy" / "policy", description="The folder of the policy files.")
    smtp_url: str = Field(
        "", description="`smtp[s]://[user:password@]host[:port]`; empty: letters go to `AMENDS_HOME/mail`."
    )
    webhook_url: str = Field(
        "", description="`https://…` of a CRM that sends itself, for the ways of `delivery.yaml` that go `by: webhook`."
    )
    webhook_secret: str = Field(
        "", description="`whsec_…` (Standard Webhooks); several, parted by blanks, while one is replaced."
    )
    webhook_loopback: Literal["no", "yes"] = Field(
        "no", description="`yes`: that CRM may be this machine itself, by `http://` too; for development."
    )
    base_url: str = Field("", description="Where customers reach the page; empty: the notifier's own address.")
    intake_port: Port = Field(8101, description="HTTP port of intake.")
    verifier_port: Port = Field(8102, description="HTTP port of the verifier.")
    offer_port: Port = Field(8103, description="HTTP port of the offer service.")
    notifier_port: Port = Field(8104, description="HTTP port of the notifier, and so of the customer's page.")
    bind: str = Field("127.0.0.1", description="The address that the HTTP ports listen on.")
    admin_key: str = Field(
        "", description="Bearer key of `/admin`; empty on the embedded database: made at first start."
    )
    intake_key: str = Field("", description="Bearer key of `POST /complaints`; empty: as above.")
    secret: str = Field(
        "",
        description="Makes the links to the customer's page, 24 characters or more; two while it is changed, `new,old`; empty: as above.",
    )
    clock: Literal["system", "manual"] = Field(
        "system", description="`manual`: time stands until `amends clock set` (embedded database and bus only)."
    )
    mode: Literal["live", "shadow"] = Field("live", description="`shadow`: decide everything, send and pay nothing.")
    log_format: Literal["auto", "console", "json"] = Field(
        "auto", description="`auto`: readable on a terminal, else JSON lines."
    )

    @field_validator("home", "policy")
    @classmethod
    def _from_where_called(cls, path: Path) -> Path:
        return Path(os.path.abspath(path.expanduser()))

    @field_validator("database_url")
    @classmethod
    def _driver(cls, url: str) -> str:
        if url and not url.startswith(("postgresql://", "postgres://", "postgresql+asyncpg://")):
            raise ValueError("must start with postgresql://")
        return url and "postgresql+asyncpg://" + url.split("://", 1)[1]

    @field_validator("base_url")
    @classmethod
    def _of_the_web(cls, url: str) -> str:
        if url and not url.startswith(("https://", "http://")):
            raise ValueError("must start with https:// (or http:// while trying out)")
        return url

    @model_validator(mode="after")
    def _together(self) -> "Settings":
        if self.clock == "manual" and (self.database_url or self.kafka):
            raise ValueError(
                "AMENDS_CLOCK=manual works on embedded defaults only: unset AMENDS_DATABASE_URL and AMENDS_KAFKA"
            )
        for name in ("admin_key", "intake_key", "secret"):
            if self.database_url and not getattr(self, name):
                raise ValueError(
                    f"AMENDS_{name.upper()} must be set when AMENDS_DATABASE_URL is: replicas share it, and none is built in"
                )
        if self.secret and any(len(one.strip()) < SHORTEST_SECRET for one in self.secret.split(",") if one.strip()):
            raise ValueError(
                f"AMENDS_SECRET needs {SHORTEST_SECRET} characters or more (each of the two, while it is changed): who can"
                " guess it can open every customer's page"
            )
        return self

    @property
    def embedded_database(self) -> bool:
        return not self.database_url

    @property
    def page_url(self) -> str:
        """Where customers reach the page: `base_url`, or the notifier's own address."""
        return self.base_url.rstrip("/") or f"http://{self.bind}:{self.notifier_port}"

    def port(self, service: str) -> int:
        """The HTTP port of that service."""
        return int(getattr(self, f"{service}_port"))


def read_settings() -> Settings:
    """The settings from the environment. Raises Misconfigured in one line that names the setting and the fix."""
    if slips := list(_slips(os.environ)):
        raise Misconfigured("; ".join(slips))
    try:
        return Settings()
    except ValidationError as wrong:
        raise Misconfigured("; ".join(_sentence(error) for error in wrong.errors())) from None


def _slips(given: Iterable[str]) -> Iterator[str]:
    """Names that nobody would read, though they were meant: else the default would be in force without a word. Names that
    are like none of ours are somebody else's business."""
    known = [f"AMENDS_{name.upper()}" for name in Settings.model_fields]
    for name in given:
        if name.startswith("AMENDS_") and name not in known and (meant := get_close_matches(name, known, 1, ALIKE)):
            yield f"{name} is no setting; did you mean {meant[0]}? (`amends settings` lists them)"


def _sentence(error: object) -> str:
    assert isinstance(error, dict)
    where = "_".join(str(part) for part in error["loc"]).upper()
    text = str(error["msg"]).removeprefix("Value error, ")
    return f"AMENDS_{where}: {text} (given: {error['input']!r})" if where else text
