"""E-konsultation: the patient writes, the clinic answers in WinPLC, a mail says "log in and read"."""

from uuid import UUID

from pydantic import Field

from workflows import files, rights
from workflows.content import Content, Files, Key, PlainText, WrittenText
from workflows.delivery import LISTED_WHEN_UNREAD, SAID_WHEN_LATE, arriving, following_up, noticing_unread, telling
from workflows.facts import Facts
from workflows.vocabulary import FILE, TELL_ENDED, Layer, Letter, Need, Now, Rule, Say, Step, Workflow, mail
from workflows.vocabulary import Role as R
from workflows.vocabulary import State as S
from workflows.warning_signs import AT_NIGHT, BY_DAY, SignAnswers


class Message(Content):
    """What the patient writes; with `thread` it is a reply, without it a new conversation (EKO-4).

    `notice_under_15` says that a patient under 15 has been shown who else can see it (ACC-12).
    `despite_unanswered` says that the patient knows that an earlier message in the thread waits for an answer (EKO-16).
    `signs` are the answers to the clinic's questions about warning signs (NEW-12).
    """

    text: WrittenText
    practitioner: Key | None = None
    thread: UUID | None = None
    files: Files = ()
    notice_under_15: bool = Field(default=False, exclude=True)  # no part of the words
    despite_unanswered: bool = Field(default=False, exclude=True)
    signs: SignAnswers | None = Field(default=None, exclude_if=lambda signs: signs is None)

    @property
    def written(self) -> str:
        return self.text

    @property
    def addressed_to(self) -> str | None:
        return self.practitioner

    @property
    def attached_files(self) -> tuple[UUID, ...]:
        return self.files

    @property
    def notice_seen(self) -> bool:
        return self.notice_under_15

    @property
    def sameness(self) -> str | None:
        return None if self.files else " ".join(self.text.split())

    @property
    def verdict(self) -> str | None:
        return None if self.signs is None else f"signs_answered:{self.signs.version}"


class Answer(Content):
    """What the clinic writes; with `watch_unread` the clinic wants to see whether it is read (EKO-6)."""

    message_id: Key
    text: WrittenText
    watch_unread: bool = False
    files: Files = ()

    @property
    def attached_files(self) -> tuple[UUID, ...]:
        return self.files

    @property
    def clinic_message(self) -> str | None:
        return self.message_id


class Closing(Content):
    """Why the clinic closes a conversation (EKO-14)."""

    reason: PlainText


def _goes_on(facts: Facts) -> bool:
    return isinstance(facts.content, Message) and facts.content.despite_unanswered


def _signs(facts: Facts) -> SignAnswers | None:
    return facts.content.signs if isinstance(facts.content, Message) else None


def _any_yes(facts: Facts) -> bool:
    answered = _signs(facts)
    return answered is not None and answered.any_yes


def _all_answered(facts: Facts) -> bool:
    """Without a clinic that requires it, nobody need answer."""
    if facts.signs is None or not facts.signs.required:
        return True
    asked = {sign.name for sign in facts.signs.asked(of_child=facts.under_15)}
    answered = _signs(facts)
    return answered is not None and answered.answers.keys() == asked


def _same_questions(facts: Facts) -> bool:
    answered = _signs(facts)
    required = facts.signs is not None and facts.signs.required
    return answered is None or not required or answered.version == facts.signs_version


OPENED, NOTED = (Now.MARK_OPENED,), (Now.NOTE_NOTICE,)
NEWS = mail(Letter.MESSAGE_WAITING)
CLOSED = mail(Letter.REQUEST_CLOSED)

# fmt: off
NO_SIGN = Rule(BY_DAY, Layer.CONTENT,
    Say("Dine svar kan betyde, at du har brug for hjælp nu. Beskeden er ikke sendt.",
        "Your answers may mean that you need help now. The message has not been sent."),
    Say("Ring 112, hvis det er livstruende. Ring ellers til klinikken med det samme.",
        "Phone 112 if life is in danger. Otherwise phone the clinic at once."),
    lambda f: not _any_yes(f) or f.out_of_hours, field="signs", needs=Need.SERVICE)
NO_SIGN_AT_NIGHT = Rule(AT_NIGHT, Layer.CONTENT,
    Say("Dine svar kan betyde, at du har brug for hjælp nu. Beskeden er ikke sendt.",
        "Your answers may mean that you need help now. The message has not been sent."),
    Say("Ring 112, hvis det er livstruende. Ring ellers til lægevagten; i Region Hovedstaden er det 1813.",
        "Phone 112 if life is in danger. Otherwise phone the doctor on duty; in the Capital Region that is 1813."),
    lambda f: not _any_yes(f), field="signs", needs=Need.SERVICE)
SIGNS_IN_FORCE = Rule("warning_signs_changed", Layer.CLINIC,
    Say("Klinikken har ændret spørgsmålene, siden du svarede.", "The clinic has changed the questions since you answered."),
    Say("Læs spørgsmålene, og svar igen. Din tekst er ikke sendt.",
        "Read the questions and answer again. Your text has not been sent."),
    _same_questions, field="signs", conflict=True, needs=Need.SERVICE)
SIGNS_ANSWERED = Rule("warning_signs_unanswered", Layer.CLINIC,
    Say("Klinikken vil vide, om det haster, før du skriver.", "The clinic wants to know if it is urgent before you write."),
    Say("Svar ja eller nej på alle spørgsmålene om faresignaler.",
        "Answer yes or no to every question about warning signs."),
    _all_answered, field="signs", needs=Need.AGE)
TEXT_FITS = Rule("text_too_long", Layer.CONTENT,
    Say("Beskeden er længere, end klinikken tillader.", "The message is longer than the clinic allows."),
    Say("Skriv kortere.", "Write less."),
    lambda f: len(f.content.written) <= f.longest_text, field="text")
THREAD_OPEN = Rule("thread_closed", Layer.REQUEST,
    Say("Klinikken har afsluttet denne samtale.", "The clinic has closed this conversation."),
    Say("Start en ny e-konsultation.", "Start a new e-consultation."),
    lambda f: not f.thread_closed, field="thread", conflict=True, needs=Need.THREAD)
ANSWER_FIRST = Rule("unanswered", Layer.REQUEST,
    Say("Du har allerede skrevet i denne samtale, og klinikken har ikke svaret endnu.",
        "You have written in this conversation already, and the clinic has not answered yet."),
    Say("Vent på svaret. Er der noget nyt, som klinikken skal vide, så send alligevel.",
        "Wait for the answer. If there is something new that the clinic must know, send anyway."),
    lambda f: not f.thread_unanswered or _goes_on(f), field="despite_unanswered", needs=Need.THREAD, hint=True)
NOT_OPENED = Rule("already_opened", Layer.REQUEST,
    Say("Klinikken har allerede åbnet beskeden.", "The clinic has already opened the message."),
    Say("Vent på svaret, eller ring til klinikken.", "Wait for the answer, or phone the clinic."),
    lambda f: not f.opened, conflict=True)
LETTER_MAY_MISS = (S.SUBMITTED, S.DELIVERED, S.ANSWERED, S.NOTIFIED, S.UNREACHABLE, S.UNDELIVERABLE, S.WITHDRAWN, S.CLOSED)
SIGNS = (NO_SIGN, NO_SIGN_AT_NIGHT, SIGNS_IN_FORCE, SIGNS_ANSWERED)
MAY_WRITE = (
    *rights.MAY_START, *SIGNS, rights.TOLD_WHO_SEES, TEXT_FITS, *files.FROM_PATIENT, THREAD_OPEN, ANSWER_FIRST,
)
MAY_ANSWER = files.FROM_CLINIC

E_KONS = Workflow("e_kons", Say("E-konsultation", "E-consultation"), (
    #    trigger     from             to           by          only if        then            at once
    Step("submit",   S.DRAFT,         S.SUBMITTED, R.PATIENT,  MAY_WRITE,     (FILE,),        NOTED, says=Message),
    *arriving(),
    Step("open",     S.DELIVERED,     S.DELIVERED, R.CLINIC,   (),            (),             OPENED),
    Step("answer",   S.DELIVERED,     S.ANSWERED,  R.CLINIC,   MAY_ANSWER,    (NEWS,),        says=Answer),
    Step("write",    S.DRAFT,         S.ANSWERED,  R.CLINIC,   MAY_ANSWER,    (NEWS,),        says=Answer),
    *telling(Letter.MESSAGE_WAITING),
    *noticing_unread(),
    *following_up(*LETTER_MAY_MISS),
    Step("withdraw", S.SUBMITTED,     S.WITHDRAWN, R.PATIENT,  (NOT_OPENED,), (TELL_ENDED,)),
    Step("withdraw", S.DELIVERED,     S.WITHDRAWN, R.PATIENT,  (NOT_OPENED,), (TELL_ENDED,)),
    Step("withdraw", S.UNDELIVERABLE, S.WITHDRAWN, R.PATIENT,  (NOT_OPENED,), (TELL_ENDED,)),
    Step("close",    S.DELIVERED,     S.CLOSED,    R.CLINIC,   (),            (CLOSED,),      says=Closing),
    Step("close",    S.ANSWERED,      S.CLOSED,    R.CLINIC,   (),            (CLOSED,),      says=Closing),
    Step("close",    S.NOTIFIED,      S.CLOSED,    R.CLINIC,   (),            (CLOSED,),      says=Closing),
    Step("answer",   S.CLOSED,        S.CLOSED,    R.CLINIC,   MAY_ANSWER,    (NEWS,),        says=Answer),
    Step("close",    S.UNREACHABLE,   S.CLOSED,    R.CLINIC,   (),            (CLOSED,),      says=Closing),
), (*SAID_WHEN_LATE, *LISTED_WHEN_UNREAD),
    shelf=Say("Dine e-konsultationer", "Your e-consultations"),
    invitation=Say("Skriv til klinikken", "Write to the clinic"))
# fmt: on
