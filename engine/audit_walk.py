"""Verifying the audit: a walk along the chain that names every act that is not as it was written.

What is found: an act altered (its hash is not that of what it says), inserted or forged (its seal
was made without the keyring's key), deleted (a number is missing), reordered (a link leads
elsewhere), the end cut off or rewritten (the keyring's anchor knows better).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hmac import compare_digest

from engine.app import App
from engine.audit import FIRST, hash_of, seal_key, seal_of
from engine.clock import MINUTE, Millis
from engine.store import acts
from engine.store.acts import ActRow, Anchor

Progress = Callable[[int], None]  # how many acts were looked at since it was told last

_CHUNK = 1_000
_MOST_FINDINGS = 100
_ANCHORED_WITHIN: Millis = 5 * MINUTE


class Damage(StrEnum):
    """What can be wrong with an act."""

    MISSING = "missing"
    ALTERED = "altered"
    UNLINKED = "unlinked"
    MISPLACED = "misplaced"
    FORGED = "forged"
    FOREIGN = "foreign"
    REWRITTEN = "rewritten"
    CUT_OFF = "cut_off"
    NOT_ANCHORED = "not_anchored"


SENTENCES: Mapping[Damage, str] = {
    Damage.MISSING: "acts were deleted here",
    Damage.ALTERED: "it does not say what it said when it was written",
    Damage.UNLINKED: "it does not follow the act before it: acts were inserted, exchanged or lost",
    Damage.MISPLACED: "it stands at another place than its number says: lines were exchanged",
    Damage.FORGED: "it was not written by this installation: its seal is wrong",
    Damage.FOREIGN: "this installation did not write this file: no act in it bears its seal",
    Damage.REWRITTEN: "the keyring remembers another act of this number",
    Damage.CUT_OFF: "the end of the audit was cut off: the keyring remembers acts up to here",
    Damage.NOT_ANCHORED: "acts from here on are not anchored in the keyring; is the scheduler running?",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong at one act. ``last``: the end of a range of missing ones."""

    damage: Damage
    number: int
    last: int

    @property
    def sentence(self) -> str:
        """What is wrong, for people."""
        return SENTENCES[self.damage]


@dataclass(slots=True)
class Verdict:
    """What a walk found.

    anchored        up to which act the keyring vouches; 0: none
    reaches         number of the last act that was looked at; 0: none
    audit_reaches   number of the last act of this installation
    findings        at most a hundred; ``cut_short``: there are more
    """

    acts: int = 0
    reaches: int = 0
    audit_reaches: int = 0
    first_at: Millis | None = None
    last_at: Millis | None = None
    anchored: int = 0
    findings: list[Finding] = field(default_factory=list)
    cut_short: bool = False

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong, and nothing of the audit is lacking."""
        return not self.findings and not self.part

    @property
    def part(self) -> bool:
        """Whether what was looked at ends before the audit does."""
        return self.reaches < self.audit_reaches


def verify(app: App, progress: Progress = lambda _: None) -> Verdict:
    """Walk the whole audit of this installation, and hold it against its anchors."""
    with app.vault.keyring.read() as keyring:  # first: acts that follow are not yet anchored
        anchors = acts.anchors(keyring)
    walk = Walk(seal_key(app), anchors)
    for chunk in in_chunks(app):
        walk.look(chunk)
        progress(len(chunk))
    with app.db.read() as connection:
        walk.count_strays(acts.without_number(connection))
    return walk.end(app.clock.now())


class Walk:
    """Holds acts against the rules, one after the other in the order of their numbers."""

    def __init__(self, key: bytes, anchors: Mapping[int, bytes]) -> None:
        self._key = key
        self._anchors = anchors
        self._before: ActRow | None = None
        self._loose_since: tuple[int, Millis] | None = None  # first act beyond the last anchor
        self._furthest = max(anchors, default=0)
        self._sealed_here = False  # whether any act bears this installation's seal
        self.verdict = Verdict(anchored=self._furthest)

    def look(self, rows: Iterable[ActRow]) -> None:
        """Look at the next acts."""
        for row in rows:
            self._one(row)

    def count_strays(self, number: int) -> None:
        """Hear of so many rows that have no number, and so no place in the chain."""
        if number:
            self._found(Damage.UNLINKED, self._reached + 1)
            self.verdict.acts += number

    def end(self, now: Millis) -> Verdict:
        """Return what was found in an audit that should be whole."""
        if self._reached < self._furthest:
            self._found(Damage.CUT_OFF, self._reached + 1, self._furthest)
        if self._loose_since is not None:
            number, since = self._loose_since
            if now - since > _ANCHORED_WITHIN:
                self._found(Damage.NOT_ANCHORED, number, self._reached)
        self.verdict.reaches = self.verdict.audit_reaches = self._reached
        return self.verdict

    def end_early(self, head: int) -> Verdict:
        """Return what was found in a file, which may end before the audit does.

        ``head``: number of the newest act in the database. The keyring may remember later ones.
        """
        verdict = self.verdict
        within = (number for number in self._anchors if number <= self._reached)
        verdict.anchored = max(within, default=0)
        verdict.reaches = self._reached
        if self._sealed_here:
            verdict.audit_reaches = max(head, self._furthest)
        else:
            self._all_foreign()
        return verdict

    def _all_foreign(self) -> None:
        """Say once what would be said of every act; what is wrong with the chain stays said."""
        verdict = self.verdict
        verdict.anchored, verdict.audit_reaches = 0, verdict.reaches
        others = [one for one in verdict.findings if one.damage is not Damage.FORGED]
        verdict.findings = [Finding(Damage.FOREIGN, 1, verdict.reaches), *others]

    @property
    def _reached(self) -> int:
        return 0 if self._before is None else self._before.number

    def _one(self, row: ActRow) -> None:
        placed = self._link(row)
        self._say(row)
        verdict = self.verdict
        if placed and row.number > self._furthest and self._loose_since is None:
            self._loose_since = (row.number, row.at)
        verdict.acts += 1
        verdict.first_at = row.at if verdict.first_at is None else verdict.first_at
        verdict.last_at = row.at
        if placed:
            self._before = row

    def _link(self, row: ActRow) -> bool:
        """Hold an act against the one before it; False: its number has no place after that one."""
        before = self._before
        expected = self._reached + 1
        previous = FIRST if before is None else before.hash
        if row.number < expected:  # below the first act, or too late in an export, or again
            late = self._closed_gap(row.number)
            self._found(Damage.MISPLACED if late else Damage.UNLINKED, row.number)
            return False
        if row.number > expected:
            self._found(Damage.MISSING, expected, row.number - 1)
        elif row.previous != previous:
            self._found(Damage.UNLINKED, row.number)
        return True

    def _say(self, row: ActRow) -> None:
        """Hold what an act says against its hash, its seal and the keyring's memory."""
        if hash_of(row) != row.hash:
            self._found(Damage.ALTERED, row.number)
            return
        if not compare_digest(seal_of(self._key, row.hash), row.seal):
            self._found(Damage.FORGED, row.number)
            return
        self._sealed_here = True
        if self._anchors.get(row.number, row.hash) != row.hash:
            self._found(Damage.REWRITTEN, row.number)

    def _closed_gap(self, number: int) -> bool:
        """Take an act that came after all out of those that are missing; False: it was not."""
        findings = self.verdict.findings
        if len(findings) >= _MOST_FINDINGS:  # each gap may split in two
            return False
        for place, gap in enumerate(findings):
            if gap.damage is Damage.MISSING and gap.number <= number <= gap.last:
                parts = ((gap.number, number - 1), (number + 1, gap.last))
                findings[place : place + 1] = [
                    Finding(Damage.MISSING, first, last) for first, last in parts if first <= last
                ]
                return True
        return False

    def _found(self, damage: Damage, number: int, last: int | None = None) -> None:
        findings = self.verdict.findings
        found = Finding(damage, number, number if last is None else last)
        before = findings[-1] if findings else None
        if before is not None and (before.damage, before.last + 1) == (damage, number):
            findings[-1] = Finding(damage, before.number, found.last)
        elif len(findings) >= _MOST_FINDINGS:
            self.verdict.cut_short = True
        else:
            findings.append(found)


def in_chunks(app: App) -> Iterator[list[ActRow]]:
    """Give every act, in order, a thousand at a time."""
    reached: int | None = None  # not 0: somebody may have put an act in before the first
    while True:
        with app.db.read() as connection:
            chunk = acts.after(connection, reached, _CHUNK)
        if not chunk:
            return
        yield chunk
        reached = chunk[-1].number


def head(app: App) -> ActRow | None:
    """Return the newest act; None: there is none yet."""
    with app.db.read() as connection:
        return acts.last(connection)


def last_anchor(app: App) -> Anchor | None:
    """Return up to where the keyring vouches; None: for nothing yet."""
    with app.vault.keyring.read() as keyring:
        return acts.last_anchor(keyring)
