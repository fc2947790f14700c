"""Files with a message: how many, from whom, and what is said when they cannot go along (EKO-1, EKO-2)."""

from workflows.facts import Facts
from workflows.vocabulary import Layer, Rule, Say

MOST_FROM_PATIENT = 3
MOST_FROM_CLINIC = 9


def _all_there(facts: Facts) -> bool:
    named = facts.content.attached_files
    return len(set(named)) == len(named) and set(named) == {file.id for file in facts.files}


# fmt: off
FILES_TAKEN = Rule("files_not_taken", Layer.CLINIC,
    Say("Klinikken modtager ikke filer.", "The clinic does not take files."),
    Say("Send beskeden uden filer.", "Send the message without files."),
    lambda f: f.files_taken or not f.content.attached_files, field="files")
FEW_FROM_PATIENT = Rule("too_many_files", Layer.CONTENT,
    Say("Der kan højst følge tre filer med en besked.", "A message takes at most three files."),
    Say("Fjern en fil, eller send resten med en ny besked.", "Remove a file, or send the rest with another message."),
    lambda f: len(f.content.attached_files) <= MOST_FROM_PATIENT, field="files")
FEW_FROM_CLINIC = Rule("too_many_files_from_clinic", Layer.CONTENT,
    Say("Der kan højst følge ni filer med klinikkens besked.", "A clinic's message takes at most nine files."),
    Say("Fjern en fil, eller send resten med en ny besked.", "Remove a file, or send the rest with another message."),
    lambda f: len(f.content.attached_files) <= MOST_FROM_CLINIC, field="files")
FILES_THERE = Rule("file_not_there", Layer.CONTENT,
    Say("En af filerne er ikke længere her, eller den er brugt i en anden besked.",
        "One of the files is not here any more, or was used in another message."),
    Say("Vælg filen igen.", "Choose the file again."),
    _all_there, field="files")
# fmt: on
FROM_PATIENT = (FILES_TAKEN, FEW_FROM_PATIENT, FILES_THERE)
FROM_CLINIC = (FEW_FROM_CLINIC, FILES_THERE)
