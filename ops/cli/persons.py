"""How a verb is told whom it is about, and which channel and purpose."""

from typing import Annotated

import typer

from channels.contract import AddressKind, Channel
from engine.subjects import REF, Subject, read_address

SubjectArgument = Annotated[
    str | None, typer.Argument(metavar="[ADDRESS]", help="Email, phone number or postal address.")
]
RefOption = Annotated[str | None, typer.Option(help="A person by the client's own id.")]
KindOption = Annotated[
    AddressKind | None, typer.Option(help="What the address is; guessed where it can be.")
]
PurposeOption = Annotated[
    str | None,
    typer.Option(metavar="WORD", help="One purpose agreed with the controller; default: any."),
]
ForPurposeOption = Annotated[
    str | None,
    typer.Option("--purpose", metavar="WORD", help="Only what forbids contact for this purpose."),
]
ChannelOption = Annotated[Channel | None, typer.Option(help="One channel; default: every one.")]


def subject_of(address: str | None, ref: str | None, kind: AddressKind | None) -> Subject:
    """Return whom the arguments mean.

    Raises typer.BadParameter unless it is either an address or a ref, SubjectFault for an address
    that cannot be used.
    """
    if (address is None) == (ref is None):
        raise typer.BadParameter("give either an address or --ref")
    if ref is not None:
        return Subject(REF, ref)
    return read_address(address or "", kind)
