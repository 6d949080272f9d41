"""Claims that law forbids or wants proof of, found in a shop's own texts.

`rules.yaml` has the rules and `laws.yaml` their legal basis; `check.findings` applies them. It
decides nothing: what is found is shown to a person, who mends it or signs for it.
"""

from bot.studio.claims.check import Finding, findings

__all__ = ["Finding", "findings"]
