"""The words of the export page."""

from collections.abc import Mapping

from workflows.vocabulary import Say

WORDS: Mapping[str, Say] = {
    "title": Say("Alt om dig i Patientportalen", "Everything about you in Patientportal"),
    "made": Say("Lavet", "Made"),
    "times": Say("Alle tider er dansk tid.", "All times are Danish time."),
    "account": Say("Din bruger", "Your account"),
    "email": Say("Mailadresse", "Mail address"),
    "language": Say("Sprog", "Language"),
    "since": Say("Fra", "From"),
    "until": Say("Til", "Until"),
    "number": Say("CPR-nummer", "CPR number"),
    "factors": Say("Anden bekræftelse ved log-in", "Second factors"),
    "identities": Say("Log-in gennem", "Log-in through"),
    "told_by": Say("Besked om nyt kommer som", "News is told by"),
    "remind_minutes": Say("Minutter før en aftale, du bliver mindet om den", "Minutes before a reminded appointment"),
    "times_in_mail": Say("Ja til tidspunkter i mails", "Agreed to times in mails"),
    "never": Say("Aldrig", "Never"),
    "calendar": Say("Hemmelig kalenderadresse lavet", "Secret calendar address made"),
    "draft": Say("Kladde", "Draft"),
    "stopped": Say("Faresignal, der stoppede en besked", "Warning sign that stopped a message"),
    "clinics": Say("Dine klinikker", "Your clinics"),
    "no_mitid": Say("Klinikken har noteret, at du ikke har MitID.", "The clinic has noted that you have no MitID."),
    "refused": Say("Slået fra for dig", "Switched off for you"),
    "medicines": Say("Faste lægemidler", "Regular medicines"),
    "requests": Say("Dine henvendelser", "Your requests"),
    "log_ins": Say("Log-in", "Log-ins"),
    "accesses": Say("Hvem har set dine oplysninger", "Who has looked at your data"),
    "when": Say("Hvornår", "When"),
    "who": Say("Hvem", "Who"),
    "what": Say("Hvad", "What"),
    "outcome": Say("Udfald", "Outcome"),
    "why": Say("Hvorfor", "Why"),
    "read": Say("Læst", "Read"),
    "nothing": Say("Intet.", "Nothing."),
    "standing": Say("endnu", "still"),
}

CONTENT: Mapping[str, Say] = {
    "text": Say("Tekst", "Text"),
    "comment": Say("Kommentar", "Comment"),
    "reason": Say("Årsag", "Reason"),
    "medicines": Say("Lægemidler", "Medicines"),
    "medicine": Say("Lægemiddel", "Medicine"),
    "decision": Say("Afgørelse", "Decision"),
    "slot": Say("Tid", "Time"),
    "slots": Say("Tider", "Times"),
    "practitioner": Say("Behandler", "Practitioner"),
    "message_id": Say("Klinikkens nummer", "The clinic's number"),
    "files": Say("Filer", "Files"),
}
"""What the members of messages are called; one that is not named is shown by its own word."""
