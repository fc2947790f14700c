"""A fifth request type in one page: a patient asks the clinic for a letter, such as one for the employer."""

from types import MappingProxyType
from typing import Literal

from workflows import rights
from workflows.catalogue import CATALOGUE
from workflows.content import Content, Key, PlainText, WrittenText
from workflows.delivery import SAID_WHEN_LATE, arriving, telling
from workflows.vocabulary import FILE, TELL_ENDED, Layer, Letter, Rule, Say, Step, Workflow, mail
from workflows.vocabulary import Role as R
from workflows.vocabulary import State as S


class LetterWish(Content):
    """Whom the letter is for, and what it must say."""

    recipient: Literal["employer", "school", "insurance"]
    wish: WrittenText
    practitioner: Key | None = None

    @property
    def written(self):
        return self.wish

    @property
    def addressed_to(self):
        return self.practitioner


class LetterReady(Content):
    """The clinic's word that the letter lies ready."""

    message_id: Key
    text: PlainText | None = None

    @property
    def clinic_message(self):
        return self.message_id


# fmt: off
WISH_FITS = Rule("text_too_long", Layer.CONTENT,
    Say("Ønsket er længere, end klinikken tillader.", "The wish is longer than the clinic allows."),
    Say("Skriv kortere.", "Write less."),
    lambda f: len(f.content.written) <= f.longest_text, field="wish")
NOT_OPENED = Rule("already_opened", Layer.REQUEST,
    Say("Klinikken er allerede i gang.", "The clinic has already begun."),
    rights.PHONE,
    lambda f: not f.opened, conflict=True)
MAY_ASK = (*rights.MAY_START, WISH_FITS)
NEWS = (mail(Letter.MESSAGE_WAITING),)

LETTER_REQUEST = Workflow("letter_request", Say("Anmodning om attest", "Letter request"), (
    #    trigger     from         to           by         only if        then
    Step("submit",   S.DRAFT,     S.SUBMITTED, R.PATIENT, MAY_ASK,       (FILE,),       says=LetterWish),
    *arriving(),
    Step("answer",   S.DELIVERED, S.ANSWERED,  R.CLINIC,  (),            NEWS,          says=LetterReady),
    *telling(Letter.MESSAGE_WAITING),
    Step("withdraw", S.SUBMITTED, S.WITHDRAWN, R.PATIENT, (NOT_OPENED,), (TELL_ENDED,)),
    Step("withdraw", S.DELIVERED, S.WITHDRAWN, R.PATIENT, (NOT_OPENED,), (TELL_ENDED,)),
    Step("withdraw", S.UNDELIVERABLE, S.WITHDRAWN, R.PATIENT, (NOT_OPENED,), (TELL_ENDED,)),
), SAID_WHEN_LATE)
# fmt: on

CATALOGUE_OF_FIVE = MappingProxyType({**CATALOGUE, LETTER_REQUEST.kind: LETTER_REQUEST})
