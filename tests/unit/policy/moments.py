"""Instants as people write them, and the rules about time that the tests of them share."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import settings

from policy.facts import CampaignKind
from policy.holiday_calendar import Holidays
from policy.rule_kinds import Day, Hours, LocalHoliday, Window
from policy.send_facts import Millis, SendFacts
from policy.territory import PLACES

unhurried = settings(deadline=None)  # a rule that never opens is looked at for 400 days
MINUTE: Millis = 60_000
WEEK: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
METROPOLITAN = frozenset(key for key, place in PLACES.items() if place.zone == "Europe/Paris")


def at(written: str, place: str = "75") -> Millis:
    """Return an instant from local time in a place, or from UTC where it ends with Z."""
    moment = datetime.fromisoformat(written)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(PLACES[place].zone))
    return round(moment.timestamp() * 1000)


def utc(instant: Millis) -> str:
    return datetime.fromtimestamp(instant / 1000, UTC).isoformat()


def hours(*windows: str, days: tuple[Day, ...] = WEEK, holidays: bool = True) -> Hours:
    """Return a rule from windows such as ``08:00-20:00``; days of a part are as the holidays."""
    return Hours(
        id="some.hours",
        source="a test",
        certainty="house",
        days=days,
        windows=tuple(Window(start=each[:5], end=each[6:]) for each in windows),
        holidays=holidays,
        local_holidays=holidays,
    )


VOICE = hours("10:00-13:00", "14:00-20:00", days=WEEK[:5], holidays=False)
SMS = hours("08:00-20:00", days=WEEK[:6], holidays=False)


def _abolition(month: int, day: int, *places: str) -> LocalHoliday:
    return LocalHoliday(places=places, month=month, day=day, source="L3422-2")


HOLIDAYS = Holidays(
    (
        _abolition(4, 27, "976"),
        _abolition(5, 22, "972"),
        _abolition(5, 27, "971"),
        _abolition(6, 10, "973"),
        _abolition(12, 20, "974"),
    )
)
SEND = SendFacts(
    controller="acme",
    kind=CampaignKind.MARKETING,
    purpose="news",
    relation=None,
    basis=None,
    channel="voice",
)
