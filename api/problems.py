"""The words of every problem that is not a rule of a page: code, title and explanation in both languages."""

from collections.abc import Mapping

from api.file_problems import FILE_PROBLEMS
from api.problem import Problem
from workflows.vocabulary import Say

RULE_REFUSED = Say("Det kan ikke lade sig gøre.", "This is not possible.")
UNEXPECTED = Problem("unexpected", Say("Der skete en fejl hos os.", "Something went wrong on our side."))

_UNREADABLE = Say("Indholdet kan ikke læses.", "The body cannot be read.")
_HEADER = Say("En header mangler eller er forkert.", "A header is missing or wrong.")
_WHO = Say("Vi ved ikke, hvem du er.", "We do not know who you are.")
_MAY_NOT = Say("Det må du ikke.", "You may not do this.")
_MITID = Say("Det lykkedes ikke at logge ind med MitID.", "Logging in with MitID did not succeed.")
_NOT_FOUND = Problem(
    "not_found",
    Say("Det findes ikke her.", "It is not here."),
    Say("Det findes ikke, eller det er ikke dit.", "It does not exist, or it is not yours."),
)
_BAD_REQUEST = Problem("bad_request", Say("Forespørgslen kan ikke læses.", "The request cannot be read."))
_TOO_LARGE = Problem(
    "body_too_large",
    Say("Indholdet er for stort.", "The body is too large."),
    Say("Send mindre på en gang.", "Send less at a time."),
)
_JSON_EXPECTED = Problem(
    "json_expected",
    Say("Indholdet skal være JSON.", "The body must be JSON."),
    Say("Send det med Content-Type: application/json.", "Send it with Content-Type: application/json."),
)
_TOO_MANY = Problem(
    "too_many_requests",
    Say("Der er for mange forsøg.", "There are too many attempts."),
    Say("Vent lidt, og prøv igen.", "Wait a little, and try again."),
)
_UNAVAILABLE = Problem(
    "unavailable",
    Say("Vi kan ikke tage imod lige nu.", "We cannot take it right now."),
    Say("Intet er gemt. Prøv igen om lidt.", "Nothing is stored. Try again shortly."),
)

PROBLEMS: Mapping[str, Problem] = {
    "UnreadableBodyError": Problem("unreadable_body", _UNREADABLE),
    "InvalidQueryError": Problem(
        "invalid_query",
        Say("En parameter i adressen er forkert.", "A parameter of the address is wrong."),
    ),
    "HeaderFaultError": Problem("header_fault", _HEADER),
    "header_missing": Problem("header_missing", _HEADER),
    "idempotency_key_missing": Problem("idempotency_key_missing", _HEADER),
    "idempotency_key_malformed": Problem("idempotency_key_malformed", _HEADER),
    "if_match_malformed": Problem("if_match_malformed", _HEADER),
    "timestamp_stale": Problem("timestamp_stale", _HEADER),
    "UnauthenticatedError": Problem(
        "unauthenticated",
        _WHO,
        Say("Log ind, og prøv igen.", "Log in, and try again."),
    ),
    **{
        code: Problem(code, _WHO, detail)
        for code, detail in {
            "signature_missing": Say("Kaldet er ikke underskrevet.", "The call is not signed."),
            "signature_wrong": Say("Underskriften passer ikke.", "The signature does not fit."),
            "grant_wrong": Say(
                "Adgangen eller koden passer ikke, eller adgangen er ophørt.",
                "The grant or the code does not fit, or the grant has ended.",
            ),
            "code_wrong": Say("Koden passer ikke.", "The code does not fit."),
            "log_in_not_fresh": Say(
                "Log ind igen, eller vis en kode fra din app. Det er mere end fem minutter siden.",
                "Log in again, or show a code of your app. It is more than five minutes ago.",
            ),
            "log_in_ended": Say("Du er logget ud. Log ind igen.", "You are logged out. Log in again."),
            "two_proofs": Say("Send enten token eller cookie, ikke begge.", "Send the token or the cookie, not both."),
            "client_key": Say(
                "Klientens nøgle er ukendt, spærret eller en anden end ved log ind.",
                "The client's key is unknown, revoked, or not the one of the log-in.",
            ),
        }.items()
    },
    **{
        code: Problem(code, _MAY_NOT, detail)
        for code, detail in {
            "csrf": Say("Kaldet kom ikke fra en af portalens egne sider.", "The call came from no page of the portal."),
            "client_scope": Say("Appen har ikke adgang til det.", "The app has no access to this."),
        }.items()
    },
    "password_must_change": Problem(
        "password_must_change",
        _MAY_NOT,
        Say("Adgangskoden fra klinikken gælder kun én gang.", "The clinic's password works only once."),
        Say(
            "Vælg først en adgangskode, som kun du kender, eller log ud.",
            "Choose a password first that only you know, or log out.",
        ),
    ),
    **{
        code: Problem(code, _MITID, detail)
        for code, detail in {
            "mitid_refused": Say("Begynd forfra, og log ind igen.", "Begin again, and log in once more."),
            "mitid_cancelled": Say(
                "Du afbrød. Begynd forfra, når du vil.", "You cancelled. Begin again when you like."
            ),
            "mitid_level": Say(
                "Brug MitID-appen, kodeviseren eller chippen: sikringsniveauet skal være mindst Betydelig.",
                "Use the MitID app, code display or chip: the level of assurance must be at least Substantial.",
            ),
            "mitid_no_cpr": Say(
                "MitID gav os ikke dit CPR-nummer. Begynd forfra, og sig ja til at dele det.",
                "MitID did not give us your CPR number. Begin again, and agree to share it.",
            ),
            "mitid_other_person": Say(
                "Dit MitID passer ikke til den bruger, det er knyttet til. Ring til klinikken.",
                "Your MitID does not fit the user it is linked to. Phone the clinic.",
            ),
        }.items()
    },
    "MitIdRefusedError": Problem("mitid_refused", _MITID),
    "MitIdOffError": Problem(
        "mitid_off",
        Say("Man kan ikke logge ind med MitID her.", "Logging in with MitID is not possible here."),
        Say("Portalen er ikke forbundet med MitID.", "The portal is not connected to MitID."),
    ),
    "BrokerUnavailableError": Problem(
        "mitid_unavailable",
        Say("MitID svarer ikke lige nu.", "MitID does not answer right now."),
        Say("Vent lidt, og begynd forfra.", "Wait a little, and begin again."),
    ),
    "NotEnrolledError": Problem(
        "not_enrolled",
        Say("Du er ikke bruger hos klinikken.", "You are no user at the clinic."),
        Say(
            "Vi ved nu, hvem du er, men du er ikke oprettet her.", "We know who you are, but you are not enrolled here."
        ),
        Say(
            "Opret dig som bruger hos klinikken, eller ring til den.",
            "Enrol as a user at the clinic, or phone it.",
        ),
    ),
    "ForbiddenError": Problem(
        "forbidden",
        _MAY_NOT,
        Say("Adgangen er for en anden slags bruger.", "The access is for another kind of caller."),
    ),
    "ContentHeldError": Problem(
        "content_held",
        Say("Dit indhold er lukket for en tid.", "Your content is closed for a time."),
        Say(
            "Adgangskoden eller mailadressen er skiftet for nylig. Log ind med MitID, eller ring til klinikken.",
            "The password or the mail address was changed recently. Log in with MitID, or phone the clinic.",
        ),
    ),
    "NotFoundError": _NOT_FOUND,
    "NotApplicableError": Problem(
        "not_applicable",
        Say("Det er der ikke mulighed for nu.", "This does not apply now."),
        Say("Sagen er et andet sted. Hent den igen, og se hvad du kan.", "The request has moved on. Read it again."),
    ),
    "AlreadyEnoughError": Problem(
        "already_enough",
        Say("Der er ikke plads til flere.", "There is no room for more."),
        Say("Fjern en af dem, du har.", "Remove one of those that you have."),
    ),
    "VersionMismatchError": Problem(
        "version_mismatch",
        Say("Det er ændret, siden du læste det.", "It has changed since you read it."),
        Say("Læs det igen, og gentag ændringen.", "Read it again, and repeat the change."),
    ),
    "BodyTooLargeError": _TOO_LARGE,
    "WrongMediaTypeError": _JSON_EXPECTED,
    "InvalidBodyError": Problem(
        "invalid_body", Say("Noget i indholdet er forkert.", "Something in the body is wrong.")
    ),
    "KeyReusedError": Problem(
        "key_reused",
        Say("Nøglen er brugt før.", "The key has been used before."),
        Say("Lav en ny Idempotency-Key til et nyt indhold.", "Make a new Idempotency-Key for another body."),
    ),
    "PreconditionRequiredError": Problem(
        "precondition_required",
        Say("Sig, hvilken udgave du har læst.", "Say which version you have read."),
        Say("Send dens ETag i If-Match.", "Send its ETag in If-Match."),
    ),
    "TooManyRequestsError": _TOO_MANY,
    "StorageUnavailableError": _UNAVAILABLE,
    **FILE_PROBLEMS,
}

BY_UNREADABLE: Mapping[str, Problem] = {
    code: Problem(code, _UNREADABLE, detail)
    for code, detail in {
        "body_missing": Say("Indholdet mangler. Send mindst {}.", "The body is missing. Send at least {}."),
        "body_incomplete": Say("Indholdet sluttede for tidligt.", "The body ended too early."),
        "length_required": Say("Send længden i Content-Length.", "Send the length in Content-Length."),
        "byte_order_mark": Say("Fjern BOM-tegnet forrest.", "Remove the byte order mark in front."),
        "not_utf8": Say("Teksten skal være UTF-8.", "The text must be UTF-8."),
        "malformed_json": Say("Det er ikke JSON.", "It is not JSON."),
        "not_a_number": Say("NaN og uendelige tal findes ikke i JSON.", "NaN and endless numbers are not JSON."),
        "duplicate_member": Say("Et navn står to gange i samme objekt.", "A name stands twice in one object."),
        "too_deep": Say("Indholdet er for dybt indlejret.", "The body is nested too deeply."),
    }.items()
}

BY_STATUS: Mapping[int, Problem] = {
    400: _BAD_REQUEST,
    404: _NOT_FOUND,
    405: Problem(
        "method_not_allowed",
        Say("Det kan man ikke her.", "This cannot be done here."),
        Say("Se Allow for det, man kan.", "See Allow for what can be done."),
    ),
    406: Problem("not_acceptable", Say("Det findes ikke i den form.", "It is not available in that form.")),
    413: _TOO_LARGE,
    415: _JSON_EXPECTED,
    429: _TOO_MANY,
    431: Problem("headers_too_large", Say("Headerne er for store.", "The headers are too large.")),
    503: _UNAVAILABLE,
}
"""Words for what Falcon itself refuses."""
