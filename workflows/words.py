"""What the words of the pages are called in Danish and English, wherever a page is read by people."""

from collections.abc import Mapping

from workflows.acts import ATTACH, READ, RENEW, REPLY, START
from workflows.vocabulary import Do, Layer, Letter, Now, Role, Say, State

STATES: Mapping[State, Say] = {
    State.DRAFT: Say("Kladde", "Draft"),
    State.SUBMITTED: Say("Sendt", "Sent"),
    State.DELIVERED: Say("Hos klinikken", "At the clinic"),
    State.ANSWERED: Say("Besvaret", "Answered"),
    State.NOTIFIED: Say("Besked om svar sendt", "Told of the answer"),
    State.WITHDRAWN: Say("Trukket tilbage", "Withdrawn"),
    State.CLOSED: Say("Afsluttet", "Closed"),
    State.UNDELIVERABLE: Say("Ikke nået frem", "Not delivered"),
    State.UNREACHABLE: Say("Patienten ikke nået", "Patient not reached"),
    State.CANCELLED_BY_PATIENT: Say("Afbestilt af patienten", "Cancelled by the patient"),
    State.CANCELLED_BY_CLINIC: Say("Aflyst af klinikken", "Cancelled by the clinic"),
    State.MOVED: Say("Flyttet", "Moved"),
    State.USED: Say("Gennemført", "Used"),
    State.NO_SHOW: Say("Udeblevet", "No-show"),
    State.PASSED: Say("Tiden er forbi", "Passed"),
    State.COMPLETED: Say("Ny adgangskode sat", "Completed"),
    State.ACTIVATED: Say("Bruger oprettet", "Activated"),
    State.EXPIRED: Say("Udløbet", "Expired"),
}

TRIGGERS: Mapping[str, Say] = {
    "submit": Say("sender", "sends"),
    "delivered": Say("modtaget i WinPLC", "received in WinPLC"),
    "delayed": Say("forsinket", "delayed"),
    "late": Say("fristen er overskredet", "the promised day has passed"),
    "refused": Say("afvist af WinPLC", "refused by WinPLC"),
    "gave_up": Say("opgivet", "given up"),
    "resend": Say("sender igen", "sends again"),
    "open": Say("åbner", "opens"),
    "answer": Say("svarer", "answers"),
    "write": Say("skriver selv", "writes first"),
    "decide": Say("afgør ét lægemiddel", "decides one medicine"),
    "read": Say("læser", "reads"),
    "close": Say("afslutter", "closes"),
    "withdraw": Say("trækker tilbage", "withdraws"),
    "notified": Say("mail afleveret", "mail handed over"),
    "unreachable": Say("mail afvist", "mail refused"),
    "bounced": Say("mail kommet retur", "mail bounced"),
    "renotify": Say("ny mail", "mail again"),
    "not_reached": Say("en mail nåede ikke frem", "a mail did not arrive"),
    "unread": Say("svaret er ikke læst", "the answer is unread"),
    "handled": Say("har fået fat i patienten på anden vis", "has reached the patient otherwise"),
    "confirm": Say("bekræfter", "confirms"),
    "decline": Say("afviser", "declines"),
    "offer": Say("tilbyder andre tider", "offers other times"),
    "displaced": Say("tiden var taget i klinikkens kalender", "the time was taken in the clinic's calendar"),
    "accept": Say("tager imod tiden", "accepts the time"),
    "take_offered": Say("tager den tilbudte tid", "takes the offered time"),
    "cancel": Say("afbestiller", "cancels"),
    "cancel_by_clinic": Say("aflyser", "cancels"),
    "move": Say("flytter", "moves"),
    "move_by_clinic": Say("flytter", "moves"),
    "arrange": Say("aftaler tiden", "arranges the time"),
    "offer_time": Say("tilbyder en ledig tid", "offers a free time"),
    "fill_form": Say("udfylder skemaet", "fills in the form"),
    "remind": Say("minder om tiden", "reminds of the time"),
    "lapse": Say("tilbuddet udløber", "the offer runs out"),
    "run_out": Say("perioden er forbi", "the days have passed"),
    "passed": Say("tiden går", "time passes"),
    "used": Say("gennemført", "used"),
    "no_show": Say("udeblevet", "no-show"),
    "matched": Say("oplysninger passer", "details match"),
    "not_matched": Say("oplysninger passer ikke", "details do not match"),
    "staff_decide": Say("klinikken skal afgøre", "left to the clinic"),
    "approve": Say("godkender", "approves"),
    "reject": Say("afviser", "rejects"),
    "complete": Say("vælger ny adgangskode", "sets a new password"),
    "turned_away": Say("for mange forsøg", "too many tries"),
    "dispute": Say("siger, at det var en anden", "says that it was somebody else"),
    "expire": Say("linket udløber", "link expires"),
    "create": Say("opretter brugeren", "creates the user"),
    "activate": Say("vælger adgangskode", "chooses a password"),
    "linked": Say("er bruger i forvejen", "has a log-in already"),
}

ACTS: Mapping[str, Say] = {
    READ: Say("læser", "reads"),
    START: Say("beder om noget nyt", "asks for something new"),
    REPLY: Say("svarer i samtalen", "replies in the conversation"),
    ATTACH: Say("vedhæfter en fil", "attaches a file"),
    RENEW: Say("fornyer ét lægemiddel", "renews one medicine"),
}
"""What a patient does beside pulling the triggers of the page."""

ROLES: Mapping[Role, Say] = {
    Role.PATIENT: Say("patienten", "patient"),
    Role.ANYONE: Say("enhver", "anyone"),
    Role.CLINIC: Say("klinikken", "clinic"),
    Role.SYSTEM: Say("portalen", "portal"),
    Role.OPERATOR: Say("driften", "operator"),
}

LAYERS: Mapping[Layer, Say] = {
    Layer.CLINIC: Say("klinik", "clinic"),
    Layer.PRACTITIONER: Say("behandler", "practitioner"),
    Layer.PATIENT: Say("patient", "patient"),
    Layer.HOLIDAY: Say("ferie", "holiday"),
    Layer.AGE: Say("alder", "age"),
    Layer.MEDICINE: Say("medicin", "medicine"),
    Layer.CALENDAR: Say("kalender", "calendar"),
    Layer.CONTENT: Say("indhold", "content"),
    Layer.REQUEST: Say("sagen selv", "the request itself"),
}

EFFECTS: Mapping[Do, Say] = {
    Do.FILE_IN_WINPLC: Say("sendes til WinPLC", "file in WinPLC"),
    Do.CHECK_IDENTITY: Say("kontrolleres i WinPLC", "check in WinPLC"),
    Do.TELL_WINPLC_IT_ENDED: Say("WinPLC får besked", "tell WinPLC"),
    Do.TELL_WINPLC_IT_WAS_READ: Say("WinPLC får kvittering for læst", "tell WinPLC it was read"),
    Do.FILE_FORM: Say("skemaet sendes til WinPLC", "file the form in WinPLC"),
    Do.MAIL: Say("mail", "mail"),
    Do.SMS: Say("sms", "text message"),
}

LETTERS: Mapping[Letter, Say] = {
    Letter.MESSAGE_WAITING: Say("der ligger en besked", "a message is waiting"),
    Letter.APPOINTMENT_NEWS: Say("nyt om en tid", "news of an appointment"),
    Letter.SLOT_OFFERED: Say("en ledig tid er tilbudt", "a free time is offered"),
    Letter.APPOINTMENT_REMINDER: Say("påmindelse om en tid", "a reminder of an appointment"),
    Letter.REQUEST_CLOSED: Say("sagen er afsluttet", "the request is closed"),
    Letter.REQUEST_DELAYED: Say("forsinket", "delayed"),
    Letter.REQUEST_LATE: Say("endnu ikke besvaret", "not answered yet"),
    Letter.REQUEST_UNDELIVERED: Say("ikke nået frem", "not delivered"),
    Letter.RECOVERY_LINK: Say("link til ny adgangskode", "link to a new password"),
    Letter.PASSWORD_CHANGED: Say("adgangskoden er skiftet", "the password was changed"),
    Letter.ACTIVATION_LINK: Say("link til den nye bruger", "link to the new account"),
    Letter.CLINIC_JOINED: Say("bruger også hos denne klinik", "a user at this clinic too"),
    Letter.ENROLMENT_DECLINED: Say("tilmeldingen er afvist", "the enrolment is declined"),
}

DEEDS: Mapping[Now, Say] = {
    Now.TAKE_SLOT: Say("tiden optages", "take the time"),
    Now.FREE_SLOT: Say("tiden frigives", "free the time"),
    Now.HOLD_OFFERED: Say("de tilbudte tider holdes", "hold the offered times"),
    Now.RELEASE_OFFERED: Say("de andre tilbudte tider frigives", "release the other offered times"),
    Now.HAND_OVER_SLOT: Say("tiden går over i en booking", "the time goes into a booking"),
    Now.JOIN_LINE: Say("stiller sig i køen", "stand in line"),
    Now.STEP_ASIDE: Say("tages ud af køen så længe", "step out of line meanwhile"),
    Now.LEAVE_LINE: Say("går ud af køen", "leave the line"),
    Now.SET_REMINDER: Say("påmindelsen sættes", "set the reminder"),
    Now.MARK_OPENED: Say("noteres som åbnet", "note as opened"),
    Now.LIST_UNREAD: Say("kommer på listen over ikke nåede", "on the list of not reached"),
    Now.SETTLE_NOT_REACHED: Say("tages af listen over ikke nåede", "off the list of not reached"),
    Now.MARK_LATE: Say("noteres som forsinket", "note as late"),
    Now.SET_PASSWORD: Say("adgangskoden sættes", "set the password"),
    Now.NAME_PERSON: Say("personen findes eller oprettes", "find or add the person"),
    Now.ADMIT: Say("bliver bruger hos klinikken", "become a user of the clinic"),
    Now.FORGET_WHAT_WAS_TYPED: Say("det indtastede slettes", "forget what was typed"),
    Now.LOCK_ACCOUNT: Say("adgangskoden spærres", "lock the password"),
    Now.NOTE_NOTICE: Say("vist besked noteres", "note the notice as shown"),
}


def act_words(act: str) -> Say:
    """Return what an act of a patient's is called."""
    return ACTS.get(act) or trigger_words(act)


def trigger_words(trigger: str) -> Say:
    """Return what a trigger is called; a page newer than this list is shown by its own word."""
    plain = trigger.replace("_", " ")
    return TRIGGERS.get(trigger, Say(plain, plain))
