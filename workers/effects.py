"""Which actor carries out which effect: every effect has exactly one."""

from workers.queues import DELIVER, NOTIFY, TEXT
from workflows.vocabulary import Do

ACTORS = {
    Do.FILE_IN_WINPLC: DELIVER,
    Do.CHECK_IDENTITY: DELIVER,
    Do.TELL_WINPLC_IT_ENDED: DELIVER,
    Do.TELL_WINPLC_IT_WAS_READ: DELIVER,
    Do.FILE_FORM: DELIVER,
    Do.MAIL: NOTIFY,
    Do.SMS: TEXT,
}
"""Effect to actor; an actor has the name of its queue."""
