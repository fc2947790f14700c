"""The desk's words: Danish for what the books call by English names."""

from datetime import datetime
from zoneinfo import ZoneInfo

COPENHAGEN = ZoneInfo("Europe/Copenhagen")

FOLDERS = {
    "econsults": "E-konsultationer",
    "renewals": "Receptfornyelser",
    "calendar": "Tidsbestillinger",
    "waiting": "Venteliste",
    "signups": "E-mailtilmeldinger",
    "identity": "Identitet",
    "unread_answers": "Ulæste svar",
    "other": "Andet",
}
KINDS = {
    "e_kons": "E-konsultation",
    "renewal": "Receptfornyelse",
    "booking": "Tidsbestilling",
    "waiting": "Venteliste",
    "enrolment": "Tilmelding",
    "recovery": "Glemt adgangskode",
}
CHANNELS = {
    "portal": "Patientportalen",
    "api": "Patientportalen",
    "clinic": "Klinikken",
    "min_laege": "Min Læge",
    "fmk": "Medicinkortet",
    "pharmacy": "Apoteket",
}
STATES = {
    "new": "Ny",
    "opened": "Åbnet",
    "handled": "Behandlet",
    "booked": "Aftalt",
    "ended": "Afsluttet",
    "withdrawn": "Trukket tilbage",
}
FIELDS = {
    "text": "Tekst",
    "comment": "Kommentar",
    "slot": "Tid",
    "reason": "Årsag",
    "files": "Filer",
    "first_day": "Tidligst",
    "last_day": "Senest",
    "parts_of_day": "Tidspunkt",
    "instead_of": "Bytter fra",
    "medicines": "Præparater",
    "email": "Oplyst e-mail",
    "name": "Oplyst navn",
    "language": "Sprog",
    "services": "Ønskede rettigheder",
    "proven": "MitID",
    "left_before": "Tidligere bruger",
    "known_as": "I portalen",
    "under_15": "Under 15 år",
    "notice_under_15": "Har læst om forældremyndighed",
}
PARTS_OF_DAY = {"morning": "formiddag", "afternoon": "eftermiddag", "evening": "aften"}
KNOWN_AS = {
    "nobody": "Ikke bruger",
    "user": "Bruger i forvejen, med den oplyste e-mail",
    "user_with_another_address": "Bruger i forvejen, med en anden e-mail. Bekræft identiteten, før du godkender",
}
MADE = {
    "created": "Patienten får en mail med et link til at vælge adgangskode.",
    "linked": "Patienten er tilknyttet og får besked på mail.",
    "unchanged": "Patienten er bruger i forvejen, eller mailen er på vej.",
    "failed": "Portalen tog ikke imod. Prøv igen.",
}
HELD = {
    "reset": "Ny adgangskode",
    "address": "Ny e-mail hos en anden klinik",
    "disputed": "Patienten siger, at en anden har skiftet adgangskoden",
}
DECISIONS = {
    "approved": "Godkendt",
    "approved_changed": "Godkendt med ændring",
    "rejected": "Afvist",
}
REASONS = {
    "needs_checkup": "Kræver kontrol",
    "needs_consultation": "Kræver konsultation",
    "open_prescription": "Der er en åben recept",
    "other_prescriber": "Behandles af en anden læge",
    "not_on_card": "Står ikke på medicinkortet",
    "dose_unclear": "Dosis er uklar",
    "other": "Andet",
}
DEPENDENCY_GROUPS = {
    "opioids": "Opioid",
    "benzodiazepines": "Benzodiazepin eller lignende",
    "stimulants": "Centralstimulerende",
    "other": "Andet afhængighedsskabende",
}
MEDICINE_WARNINGS = {
    "ordination_ended": "Ordinationen er slut, men recepten er stadig åben.",
    "open_prescription": "Der er en åben recept.",
    "dependency_forming": "Afhængighedsskabende: kræver samtale, medmindre der er en undtagelse.",
    "exception_ended": "Undtagelsen er udløbet.",
    "not_used_up": "Patienten har efter beregningen stadig medicin.",
}
TOLD = {
    "medicines": "Medicinlisten er sendt til portalen.",
    "address": "E-mailen er skiftet.",
    "confirmed": "Portalen har fået besked om, at identiteten er bekræftet.",
    "detached": "Patienten er ikke længere bruger hos klinikken og får besked på mail.",
    "no_user": "Patienten er ikke bruger af portalen.",
    "refused": "Portalen tog ikke imod det. Se efter, om adressen er skrevet rigtigt.",
    "unreachable": "Portalen svarede ikke. Prøv igen.",
}
SIGNS_TOLD = {
    "saved": "Spørgsmålene gælder nu.",
    "changed_meanwhile": "En anden har ændret spørgsmålene imens. Se dem igennem, og gem igen.",
    "refused": "Portalen tog ikke imod det. Hver linje skal have navn, dansk og engelsk.",
    "unreachable": "Portalen svarede ikke. Prøv igen.",
}
CALENDAR_TOLD = {
    "sent": "Portalen har fået besked.",
    "failed": "Kalenderen er ændret, men portalen tog ikke imod. Send igen fra »Forbindelse«.",
}
USES = {"patient": "Patienter", "other": "Andet", "closed": "Lukket"}
RELEASES = {"at_once": "Med det samme", "noon_before": "Kl. 12 dagen før (hverdag)"}
REFUSALS = {
    "unknown_type": "Vælg en aftaletype, der findes.",
    "week": "Se efter, om dage, tider og længde er skrevet rigtigt.",
    "file_damaged": "Filen er beskadiget eller ikke hel.",
    "file_empty": "Filen er tom.",
    "file_encrypted": "Dokumentet er låst med en adgangskode.",
    "file_infected": "Der er fundet virus i filen.",
    "file_too_complex": "Filen er for indviklet til at åbne.",
    "file_too_large": "Filen fylder over 10 MB.",
    "file_too_large_picture": "Billedet har for mange pixels.",
    "file_too_many_pages": "Dokumentet har over 200 sider.",
    "file_type": "Indholdet er hverken et billede eller en PDF.",
    "no_file": "Vælg en fil.",
    "not_fetched": "Filen kan ikke hentes fra portalen lige nu.",
    "not_sent": "Filen kan ikke sendes til portalen lige nu.",
    "scanner_unavailable": "Filen kan ikke undersøges for virus lige nu.",
    "too_many_files": "Der kan højst følge ni filer med et svar.",
    "content": "Udfyld alle felter, og vælg en årsag ved afvisning.",
    "no_record": "Patienten har intet stamkort. Sæt kryds ved »Opret stamkort«, eller afvis.",
    "day": "Vælg en dag, der ikke er gået.",
    "not_a_doctor": "Kun en læge kan lave en undtagelse.",
    "unknown_medicine": "Præparatet står ikke på listen som afhængighedsskabende.",
    "slot_taken": "Tiden er allerede optaget.",
    "unknown_slot": "Tiden findes ikke i kalenderen.",
}


def word(words: dict[str, str], name: str) -> str:
    """The Danish word, or the name itself for something new."""
    return words.get(name, name)


def local_time(text: str | None) -> str:
    """A stored moment as the clinic's wall clock shows it."""
    if not text:
        return ""
    return datetime.fromisoformat(text).astimezone(COPENHAGEN).strftime("%d-%m-%Y %H:%M")
