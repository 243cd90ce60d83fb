import re
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from datetime import datetime
from email import policy
from email.parser import BytesParser
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path

import pytest

from ops.demo.play import play
from ops.demo.stage import DemoFault
from ops.demo.working_day import until_eleven

PROJECT = Path(__file__).resolve().parents[2]


def _play(home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ops.cli", "demo", "--home", str(home)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, float]:
    """The demo, played once: its folder, what it wrote, and its seconds."""
    home = tmp_path_factory.mktemp("demo") / "home"
    begun, said = time.monotonic(), StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        assert play(home) == home / "index.html"
    return home, said.getvalue(), time.monotonic() - begun


class _Page(HTMLParser):
    """Collects what a page points at, and which of its elements have names."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.unnamed: list[str] = []
        self.language = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "a":
            self.links.append(found.get("href") or "")
        if "src" in found or tag in {"link", "script", "img"}:
            self.loads.append(tag)
        if tag == "iframe" and not found.get("title"):
            self.unnamed.append(tag)
        if tag == "html":
            self.language = found.get("lang") or ""


def test_the_demo_ends_with_a_table_of_outcomes_and_what_to_try_next(
    played: tuple[Path, str, float],
) -> None:
    _, said, seconds = played
    for word in ("sent", "suppressed", "denied", "passed_on", "invalid", "holds", "Try next"):
        assert word in said
    assert "DOES NOT HOLD" not in said
    assert re.search(r"winter-sale +email +erased +- +1$", said, re.MULTILINE)
    assert re.search(r"winter-sale +email +suppressed +opposition +24$", said, re.MULTILINE)
    assert "200: stored before it was answered" in said
    assert "in the outbox: 1 before, 0 now" in said
    assert "0 older than promised, 1 on hold" in said
    assert seconds < 60


def test_rules_refuse_deny_and_defer_in_the_demo_on_any_day_and_hour(
    played: tuple[Path, str, float],
) -> None:
    home, said, _ = played
    assert "refused: Sensitive data was found: words:health." in said
    assert "noon-flash: 36 wait: the channel sms is switched off" in said
    assert re.search(r"noon-flash: 30 sent\n.*noon-flash: 6 wait until .* 12:00:00 UTC", said)
    assert re.search(r"noon-flash +sms +sent +- +36$", said, re.MULTILINE)
    assert re.search(r"autumn-letter +email +denied +address_refused:\S+ +6$", said, re.MULTILINE)
    assert re.search(r"winter-sale +email +denied +banned:\S+ +\d+$", said, re.MULTILINE)
    page = (home / "index.html").read_text(encoding="utf-8")
    assert "Addresses of this kind are not contacted. House default" in page
    assert "Nothing of this kind may be sent. Decided by the shop" in page
    assert "It is outside the hours of the recipient." in page
    assert "herbal-teas: Sensitive data was found" in page
    assert "France and its overseas territories" in page


def test_it_plays_at_eleven_of_a_working_day_whenever_it_is_begun() -> None:
    begun = {  # UTC; eleven in Paris is 09:00 in summer, 10:00 in winter
        "2026-11-25T09:59": "2026-11-25T10:00",  # a minute before
        "2026-11-25T10:00": "2026-11-26T10:00",  # at eleven, so on the next day
        "2026-11-28T23:30": "2026-11-30T10:00",  # on a Saturday at midnight
        "2026-12-24T12:00": "2026-12-28T10:00",  # Christmas, 26 December in Alsace, a Sunday
        "2027-03-27T23:30": "2027-03-30T09:00",  # the night when clocks change, Easter Monday
        "2027-05-26T12:00": "2027-05-28T09:00",  # a holiday of Guadeloupe
    }
    for now, then in begun.items():
        start, eleven = (datetime.fromisoformat(f"{at}+00:00") for at in (now, then))
        millis = int(start.timestamp() * 1000)
        assert until_eleven(millis) == int((eleven - start).total_seconds() * 1000), now


def test_each_message_of_the_demo_can_be_opened(played: tuple[Path, str, float]) -> None:
    home, said, _ = played
    emails = sorted((home / "outbox" / "email").glob("*.eml"))
    sent = [int(count) for count in re.findall(r"email +sent +- +(\d+)", said)]
    assert len(emails) == sum(sent) - 1 > 600  # the letter to who was erased is gone
    message = BytesParser(policy=policy.default).parsebytes(emails[0].read_bytes())
    assert message["To"].endswith("@example.org")
    assert "Hello" in message.get_body(("html",)).get_content()  # type: ignore[union-attr]


def test_the_page_loads_nothing_and_each_of_its_links_leads_to_a_file(
    played: tuple[Path, str, float],
) -> None:
    home, _, _ = played
    text = (home / "index.html").read_text(encoding="utf-8")
    page = _Page()
    page.feed(text)
    assert page.language == "en"
    assert page.loads == []
    assert page.unnamed == []
    assert len(page.links) >= 5
    assert all((home / link).is_file() for link in page.links)
    assert "@import" not in text
    assert "url(" not in text


def test_the_same_people_got_something_each_time(
    played: tuple[Path, str, float], tmp_path: Path
) -> None:
    home, said, _ = played
    again = _play(tmp_path / "again")
    table = [
        line
        for line in said.splitlines()
        if line.startswith(("autumn", "winter-sale", "kettle", "noon-flash"))
    ]
    assert [line for line in again.stdout.splitlines() if line in table] == table
    for name in ("clients.csv", "oppositions.csv", "buyers.csv"):
        first, second = home / "files" / name, tmp_path / "again" / "files" / name
        assert first.read_bytes() == second.read_bytes()


def test_the_demo_never_plays_among_files_of_others(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(DemoFault, match="not empty"):
        play(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_the_demo_never_plays_in_somebodys_installation(
    played: tuple[Path, str, float],
) -> None:
    done = _play(played[0])
    assert done.returncode == 1
    assert "folder of its own" in done.stderr
