"""Say and do: what the assistant claimed in a turn, held against what the tools of the call have brought. Pure.

A claim without its deed, a price nobody computed, a date or a code of no result: each is a `Mismatch`, and `note` tells
the engine to put it right in the same call. Few false alarms come before catching everything: what is asked, offered,
conditional, denied or quoted is no claim.
"""

from nightdesk.audit.check import Mismatch, audit, has_claims, note

__all__ = ["Mismatch", "audit", "has_claims", "note"]
