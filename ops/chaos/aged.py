"""Things that are too old beside things that are not, and whether only the former are gone."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from engine import controllers
from engine.app import App
from engine.clock import DAY, Millis
from engine.controllers import ControllerSettings
from engine.list_files import RowFile
from engine.list_imports import ListImport, import_list
from engine.lists import export
from engine.retention import turns
from engine.statistics import overview
from engine.vault import key_of
from engine.wire.job import Kind
from ops.bench.ground import CONTROLLER, PURPOSE, new_campaign_id
from ops.chaos.field import Field

LONG_AGO: Final[Millis] = 4_500 * DAY  # longer than anything is kept
_FIRST_MONTH: Final = 201001
_MONTHS: Final = 12
_LISTED: Final = 50
_OF_CAMPAIGNS: Final = ("spills", "batches", "blocks", "deliveries", "tallies")
_CONNECTIONS = (
    "INSERT INTO connections (at, address, route, status)"
    " SELECT :at + n, '2001:db8::' || to_hex(n % 65536), 'unsubscribe', 200"
    " FROM generate_series(1, :rows) AS n"
)
_OLD_DELIVERIES = "UPDATE deliveries SET expiry_month = :month WHERE campaign_id = :number"
_OLD_CAMPAIGN = "UPDATE campaigns SET expiry_month = :month, finished_at = :at WHERE id = :number"
_OLD_MONTHS = (
    "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relname BETWEEN :first AND :last"
)


@dataclass(slots=True)
class Aged:
    """What was made old, and what was not.

    campaigns  ids of campaigns that are too old
    former     controllers whose contract ended long ago
    strays     keys of nothing
    recent     connections of today
    listed     the list that is in use
    """

    place: Field
    campaigns: list[int] = field(default_factory=list)
    former: list[str] = field(default_factory=list)
    strays: list[bytes] = field(default_factory=list)
    recent: int = 0
    listed: str = ""

    @property
    def app(self) -> App:
        """The installation."""
        return self.place.app

    def campaign(self, name: str) -> str:
        """Let a campaign have ended long ago; return the table of its month."""
        number = overview(self.app, name, CONTROLLER).found.row.id
        year, month = divmod(len(self.campaigns), _MONTHS)
        old = _FIRST_MONTH + 100 * year + month
        table, at = f"deliveries_{old}", self.app.clock.now() - LONG_AGO
        self.place.change(f"CREATE TABLE {table} PARTITION OF deliveries FOR VALUES IN ({old})")
        self.place.change(_OLD_DELIVERIES, number=number, month=old)
        self.place.change(_OLD_CAMPAIGN, number=number, month=old, at=at)
        self.campaigns.append(number)
        return table

    def connections(self, number: int) -> None:
        """Add as many connections of long ago as of today."""
        now = self.app.clock.now()
        for at in (now - LONG_AGO, now):
            self.place.change(_CONNECTIONS, at=at, rows=number)
        self.recent += number

    def contract(self) -> None:
        """Let a contract have ended long ago whose list is still there."""
        name = new_campaign_id()
        controllers.create(self.app, name, ControllerSettings(purposes={PURPOSE: Kind.MARKETING}))
        self.list(name)
        controllers.end(self.app, name)
        at = self.app.clock.now() - LONG_AGO
        self.place.change(
            "UPDATE controllers SET ended_at = :at WHERE name = :name", at=at, name=name
        )
        self.former.append(name)

    def list(self, controller: str) -> str:
        """Import a few people; return the name of their list."""
        name = new_campaign_id()
        path = self.place.ground.home / "people.csv"
        rows = (f"r{n};{name}.{n}@example.org\n" for n in range(_LISTED))
        path.write_text("ref;email\n" + "".join(rows))
        wanted = ListImport(controller, name, RowFile(path), (PURPOSE,))
        import_list(self.app, wanted, noted=lambda _note: None, progress=lambda _rows, _bytes: None)
        path.unlink()
        return name

    def keys(self) -> None:
        """Leave keys of nothing, as a crash does, and let every key be as old."""
        long_ago = self.app.clock.now() - LONG_AGO
        for scope in ("rights", "suppressions"):
            sealed = self.app.vault.seal(CONTROLLER, scope, b"nothing", long_ago)
            self.strays.append(key_of(sealed))
        self.place.change("UPDATE sealed_keys SET created_at = :at", keyring=True, at=long_ago)

    # --- afterwards ------------------------------------------------------------------------------

    def overdue(self) -> dict[str, int]:
        """Return how much is too old, by class."""
        now = self.app.clock.now()
        found = {name: turns.overdue(self.app, name, now) for name in turns.SWEEPERS}
        return {name: late for name, late in found.items() if late}

    def faults(self) -> Iterator[str]:
        """Say what is there still, and what is not there any more."""
        yield from (f"{late} too old in {name}" for name, late in self.overdue().items())
        yield from self._rows_left()
        yield from self._keys_left()
        yield from self._missing()

    def _rows_left(self) -> Iterator[str]:
        where = [(table, "campaign_id") for table in _OF_CAMPAIGNS]
        for table, column in (*where, ("campaigns", "id")):
            query = f"SELECT count(*) FROM {table} WHERE {column} = ANY(:old)"  # noqa: S608 (our own names)
            if left := self.place.count(query, old=self.campaigns):
                yield f"{left} rows of old campaigns in {table}"
        if months := self.place.count(
            _OLD_MONTHS, first=f"deliveries_{_FIRST_MONTH}", last="deliveries_202001"
        ):
            yield f"{months} old months are there still"

    def _keys_left(self) -> Iterator[str]:
        scopes = [
            f"campaign:{number}{part}" for number in self.campaigns for part in ("", ":spills")
        ]
        for whose, query, which in (
            ("of old campaigns", "sealed_keys WHERE scope = ANY(:which)", scopes),
            ("of nothing", "sealed_keys WHERE key_id = ANY(:which)", self.strays),
            ("sealed by the former", "sealed_keys WHERE controller = ANY(:which)", self.former),
            ("of the former", "controller_keys WHERE controller = ANY(:which)", self.former),
        ):
            if left := self.place.count(f"SELECT count(*) FROM {query}", keyring=True, which=which):  # noqa: S608 (our own names)
                yield f"{left} keys {whose}"

    def _missing(self) -> Iterator[str]:
        today = self.app.clock.now() - DAY
        left = self.place.count("SELECT count(*) FROM connections")
        recent = self.place.count("SELECT count(*) FROM connections WHERE at > :at", at=today)
        if (left, recent) != (self.recent, self.recent):
            yield f"{left} connections, {recent} of today; there were {self.recent} of today"
        listed = sum(1 for _ in export(self.app, CONTROLLER, self.listed))
        if listed != _LISTED:
            yield f"{listed} of {_LISTED} people are in the list that is in use"
