"""The words for files that are not taken, or cannot be given: each with what to do instead."""

from collections.abc import Mapping

from api.problem import Problem
from workflows.vocabulary import Say

_NOT_TAKEN = Say("Filen kan ikke sendes.", "The file cannot be sent.")
_ANOTHER = Say("Send et JPEG-, PNG- eller HEIC-billede eller en PDF.", "Send a JPEG, PNG or HEIC picture or a PDF.")

FILE_PROBLEMS: Mapping[str, Problem] = {
    **{
        code: Problem(code, _NOT_TAKEN, detail, next_step)
        for code, (detail, next_step) in {
            "file_empty": (
                Say("Filen er tom.", "The file is empty."),
                Say("Vælg filen igen.", "Choose the file again."),
            ),
            "file_type": (
                Say("Indholdet er hverken et billede eller en PDF.", "The content is neither a picture nor a PDF."),
                _ANOTHER,
            ),
            "file_damaged": (
                Say("Filen er beskadiget eller ikke hel.", "The file is damaged or not whole."),
                Say(
                    "Åbn den, og gem den på ny, eller tag et billede af den.",
                    "Open it and save it anew, or take a photo of it.",
                ),
            ),
            "file_too_large_picture": (
                Say("Billedet har for mange pixels.", "The picture has too many pixels."),
                Say("Send det i en mindre størrelse.", "Send it at a smaller size."),
            ),
            "file_too_many_pages": (
                Say("Dokumentet har over 200 sider.", "The document has more than 200 pages."),
                Say("Send kun de sider, det handler om.", "Send only the pages it is about."),
            ),
            "file_too_complex": (
                Say("Filen er for indviklet til at åbne.", "The file is too complex to be opened."),
                Say("Udskriv den som en ny PDF, eller tag et billede.", "Print it as a new PDF, or take a photo."),
            ),
            "file_encrypted": (
                Say("Dokumentet er låst med en adgangskode.", "The document is locked with a password."),
                Say("Gem det uden adgangskode.", "Save it without a password."),
            ),
            "file_infected": (
                Say("Der er fundet virus i filen.", "A virus was found in the file."),
                Say("Send den ikke videre. Få hjælp til din enhed.", "Do not pass it on. Get help with your device."),
            ),
            "file_differs": (
                Say("Filen er ikke den, der var meldt.", "The file is not the one that was announced."),
                Say("Meld den igen, og send den.", "Announce it again, and send it."),
            ),
        }.items()
    },
    "FileRefusedError": Problem("file_refused", _NOT_TAKEN, None, _ANOTHER),
    "FileMissingError": Problem(
        "file_missing",
        Say("Filen kan ikke hentes mere.", "The file cannot be fetched any more."),
        Say("Driften får besked.", "Those who run the portal are told."),
        Say("Bed afsenderen om at sende den igen.", "Ask the sender to send it again."),
    ),
    "ScannerUnavailableError": Problem(
        "scanner_unavailable",
        Say("Vi kan ikke tage imod filer lige nu.", "We cannot take files right now."),
        Say(
            "Filen kan ikke undersøges for virus. Intet er gemt.", "It cannot be checked for viruses. Nothing is kept."
        ),
        Say("Prøv igen om lidt.", "Try again shortly."),
    ),
    "StorageFullError": Problem(
        "storage_full",
        Say("Der er ikke plads til filen.", "There is no room for the file."),
        Say("Intet er gemt. Driften får besked.", "Nothing is kept. Those who run the portal are told."),
        Say("Send beskeden uden filer, eller prøv igen senere.", "Send the message without files, or try again later."),
    ),
}
