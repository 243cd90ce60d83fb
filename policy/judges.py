"""Which function judges each kind of rule: the one table that names them all."""

from collections.abc import Callable, Mapping
from typing import Never

from policy import rule_kinds as kinds
from policy.holiday_calendar import Holidays
from policy.rules import basis, contact, content, provenance, time
from policy.send_facts import Millis, RecipientFacts, SendFacts
from policy.send_reasons import Judgement

# Each judge takes its own kind only, and the table gives it no other; no type says so for all.
Judge = Callable[[Never, SendFacts, RecipientFacts, Millis, Holidays], Judgement | None]
Judges = Mapping[type[kinds.Rule], Judge]

JUDGES: Judges = {
    kinds.Basis: basis.judge_basis,
    kinds.Content: content.judge_content,
    kinds.Screen: content.judge_screen,
    kinds.Hours: time.judge_hours,
    kinds.Cap: time.judge_cap,
    kinds.Pause: time.judge_pause,
    kinds.Numbers: contact.judge_numbers,
    kinds.Addresses: contact.judge_addresses,
    kinds.Sender: contact.judge_sender,
    kinds.Sector: contact.judge_sector,
    kinds.OppositionList: contact.judge_opposition_list,
    kinds.ConsentAge: provenance.judge_consent_age,
    kinds.Provenance: provenance.judge_provenance,
    kinds.Region: provenance.judge_region,
    kinds.Volume: provenance.judge_volume,
    kinds.Ban: contact.judge_ban,
}

# The kinds whose judges may defer: the only ones to ask again at a later instant.
DEFERRING = (kinds.Hours, kinds.Cap, kinds.Pause)
