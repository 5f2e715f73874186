"""`[push]` as it is written: what the meter pushes, how, and where the tester listens for it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from conformance.device.toml_types import Attribute, LogicalName, Method, Name, Sap, Table


class PushSetupToml(Table):
    """One Push setup object, and what is declared of its pushes."""

    association: Name
    """The association through which push() is invoked; its keys protect what is pushed."""
    instance_id: LogicalName
    """Logical name of the Push setup object."""
    transport: Literal["tcp", "udp", "own-line"]
    """How it is pushed: to where the tester listens, or on the line of the association."""
    protection: Literal["none", "general-glo", "general-ded", "general-ciphering"] = "none"
    """How data-notifications are protected."""
    confirmed: bool = False
    """The client must confirm each data-notification, which the meter otherwise sends again."""
    client_sap: Sap | None = None
    """SAP that data-notifications are addressed to; left out: that of the association."""
    destination: Annotated[str, Field(min_length=3, max_length=64, pattern=r"^[!-~]+:[0-9]{1,5}$")] | None = None
    """HOST:PORT under which the meter reaches this tester: written into send_destination_and_method before, and put
    back after, with permission `writes`; left out: the meter is set up already."""
    refused: list[Name] = Field(default=[])
    """Associations in which push() of this object must be refused."""


class PushEventToml(Table):
    """An event that can be caused without harm, and is reported by an event-notification."""

    association: Name
    """The association in which the event is caused and reported."""
    method: Method
    """What causes it."""
    attribute: Attribute
    """The attribute whose value is reported."""


class PushToml(Table):
    """What the meter sends of its own accord."""

    listen: list[str] = Field(default=[])
    """Where the tester listens: "tcp://HOST:PORT", "udp://HOST:PORT". HOST is an address of this host, 0.0.0.0 for all
    of them; with the embedded meter any address, as nothing leaves the process."""
    timeout_s: Annotated[float, Field(gt=0, le=3600)] = 10.0
    """So long after push() a data-notification is waited for; seconds."""
    setup: list[PushSetupToml] = Field(default=[])
    """The Push setup objects that cases use."""
    event: list[PushEventToml] = Field(default=[])
    """The events that cases may cause."""
