"""Texts of a small ruleset, as an admin writes them."""

HEAD = 'name = "fr"\ntitle = "France"\nlayer = "platform"\n'
HOURS = """\
[[rule]]
id = "fr.sms.hours"
kind = "hours"
source = "a law"
certainty = "law"
when = { channels = ["sms"] }
windows = [{ start = "08:00", end = "20:00" }]
valid_from = 2026-01-01
"""
CAP = """\
[[rule]]
id = "fr.cap"
kind = "cap"
source = "a decree"
certainty = "law"
most = 4
days = 30
"""
