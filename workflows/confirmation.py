"""Confirming who one is, after a password or an address was changed: the rule that says how."""

from workflows.vocabulary import Layer, Rule, Say

BY_MITID = Rule(
    "mitid_needed",
    Layer.PATIENT,
    Say("Kun MitID kan bekræfte, at det er dig.", "Only MitID can confirm that it is you."),
    Say("Log ind med MitID, eller ring til klinikken.", "Log in with MitID, or phone the clinic."),
    lambda _: False,
)
"""Refuses every log-in but one with MitID."""
