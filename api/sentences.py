"""What is said about a fault of the input, in both languages, by its code."""

from collections.abc import Mapping

from api.inputs import Fault
from workflows.vocabulary import Say

_OTHER = Say("Værdien passer ikke til det, der ventes her.", "The value does not fit what is expected here.")
_WORD = Say("Værdien er ikke skrevet som den skal.", "The value is not written as it must be.")
_TEXT = Say("Her skal stå en tekst.", "This must be a text.")
_INTEGER = Say("Her skal stå et helt tal.", "This must be a whole number.")
_YES_NO = Say("Her skal stå true eller false.", "This must be true or false.")
_DAY = Say("Skriv datoen som ÅÅÅÅ-MM-DD.", "Write the date as YYYY-MM-DD.")
_TIME = Say(
    "Skriv tidspunktet som 2026-11-24T09:00:00Z, med tidszone.",
    "Write the time as 2026-11-24T09:00:00Z, with its offset.",
)
_CHOICE = Say("Vælg en af disse: {expected}.", "Choose one of these: {expected}.")
_ID = Say("Her skal stå et UUID.", "This must be a UUID.")
_LIST = Say("Her skal stå en liste.", "This must be a list.")
_OBJECT = Say("Her skal stå et objekt.", "This must be an object.")

SENTENCES: Mapping[str, Say] = {
    "missing": Say("Feltet mangler.", "The field is missing."),
    "extra_forbidden": Say("Feltet kendes ikke.", "The field is not known."),
    "unknown_parameter": Say("Parameteren kendes ikke.", "The parameter is not known."),
    "repeated_parameter": Say("Parameteren er givet flere gange.", "The parameter is given more than once."),
    "bad_cursor": Say(
        "Siden findes ikke. Begynd forfra uden cursor.",
        "There is no such page. Begin again without a cursor.",
    ),
    "header_missing": Say("Headeren mangler.", "The header is missing."),
    "idempotency_key_missing": Say(
        "Send en Idempotency-Key, som du selv laver, ny for hver indsendelse.",
        "Send an Idempotency-Key that you make, a new one for each submission.",
    ),
    "idempotency_key_malformed": Say(
        "Nøglen skal være 16 til 255 synlige ASCII-tegn, evt. i anførselstegn.",
        "The key must be 16 to 255 visible ASCII characters, in quotes or not.",
    ),
    "if_match_malformed": Say(
        "Send netop den ETag, du har læst, i anførselstegn.",
        "Send exactly the ETag that you have read, in quotes.",
    ),
    "timestamp_stale": Say(
        "Tidspunktet er mere end fem minutter forkert.",
        "The time is more than five minutes off.",
    ),
    "text_too_long": Say("Højst {max_length} tegn.", "At most {max_length} characters."),
    "days_reversed": Say("Den sidste dag kommer før den første.", "The last day comes before the first."),
    "period_too_long": Say("Vælg højst et år.", "Choose a year at most."),
    "sms_not_offered": Say("Sms kan ikke vælges her.", "Text messages cannot be chosen here."),
    "sms_not_agreed": Say("Sig ja til sms, før du vælger det.", "Agree to text messages before you choose them."),
    "phone_unusable": Say(
        "Skriv et telefonnummer i Danmark, Grønland eller på Færøerne.",
        "Write a phone number of Denmark, Greenland or the Faroe Islands.",
    ),
    "quiet_all_day": Say(
        "Stille timer skal ende, før de begynder igen.", "Quiet hours must end before they begin again."
    ),
    "text_too_short": Say("Mindst {min_length} tegn.", "At least {min_length} characters."),
    "too_long": Say("Højst {max_length} på listen.", "At most {max_length} in the list."),
    "too_short": Say("Mindst {min_length} på listen.", "At least {min_length} in the list."),
    "code_wrong": Say(
        "Koden passer ikke. Skriv den, som app'en viser lige nu.",
        "The code does not fit. Write the one that the app shows now.",
    ),
    "password_wrong": Say("Det er ikke din nuværende adgangskode.", "This is not your present password."),
    "passkey_wrong": Say(
        "Adgangsnøglen passer ikke. Bed om nye oplysninger, og prøv igen.",
        "The passkey does not fit. Ask for new options, and try again.",
    ),
    "blank": Say("Skriv noget.", "Write something."),
    "emoji": Say("Emoji kan ikke sendes: {characters}.", "Emoji cannot be sent: {characters}."),
    "control_character": Say(
        "Teksten rummer et usynligt styretegn.",
        "The text holds an invisible control character.",
    ),
    "string_type": _TEXT,
    "string_pattern_mismatch": _WORD,
    "string_unicode": _TEXT,
    "int_type": _INTEGER,
    "int_parsing": _INTEGER,
    "int_from_float": _INTEGER,
    "bool_type": _YES_NO,
    "bool_parsing": _YES_NO,
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "datetime_type": _TIME,
    "datetime_parsing": _TIME,
    "datetime_from_date_parsing": _TIME,
    "timezone_aware": _TIME,
    "time_beyond_reach": Say("Tidspunktet ligger uden for alle år.", "The time is beyond the years there are."),
    "uuid_type": _ID,
    "uuid_parsing": _ID,
    "literal_error": _CHOICE,
    "enum": _CHOICE,
    "tuple_type": _LIST,
    "list_type": _LIST,
    "model_type": _OBJECT,
    "dict_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "greater_than_equal": Say("Mindst {ge}.", "At least {ge}."),
    "greater_than": Say("Større end {gt}.", "Greater than {gt}."),
    "less_than_equal": Say("Højst {le}.", "At most {le}."),
    "less_than": Say("Mindre end {lt}.", "Less than {lt}."),
}


def sentence(fault: Fault, language: str) -> str:
    """Return what is said about the fault: the shape's own words where it has some, else ours by code."""
    if fault.words:
        return fault.words[language]
    said = SENTENCES.get(fault.code, _OTHER)
    return str(getattr(said, language)).format(**fault.limits)
