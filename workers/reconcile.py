"""Read every clinic's event feed now and then: a call from the clinic that was lost is only late."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from identity.cpr import CprError
from identity.outcomes import OutcomeError, StorageUnavailableError
from identity.subject import Clinic, Staff
from storage.clinic_words import ClinicWords
from storage.failpoints import reach
from storage.feeds import Feed, Feeds
from storage.first_words import FirstWords
from storage.words import Word
from workers.winplc import FeedEvent, WinPlc, WinPlcFailedError

log = structlog.get_logger(__name__)

LOOKS_EVERY = 1.0  # seconds between looks at whose turn it is


class _Staff(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str
    name: str
    role: str


class _Call(BaseModel):
    model_config = ConfigDict(extra="ignore")

    acting_staff: _Staff
    content: dict[str, Any]


class Reconcile:
    """Takes from the feeds what the clinics' calls have not brought."""

    def __init__(
        self, *, feeds: Feeds, words: ClinicWords, first_words: FirstWords, winplc: WinPlc, new_id: Callable[[], UUID]
    ) -> None:
        self._feeds = feeds
        self._words = words
        self._first_words = first_words
        self._winplc = winplc
        self._new_id = new_id
        self._stopped = threading.Event()

    def keep_reading(self) -> None:
        """Read feeds as their turn comes, until `stop`."""
        while not self._stopped.wait(LOOKS_EVERY):
            try:
                self.one_round()
            except StorageUnavailableError:
                log.warning("feeds_not_read")

    def stop(self) -> None:
        """Let `keep_reading` return soon."""
        self._stopped.set()

    def one_round(self) -> None:
        """Read every feed whose turn it is."""
        for feed in self._feeds.take_turn():
            try:
                self._read(feed)
            except WinPlcFailedError as failure:
                log.info("feed_unreachable", clinic=feed.to.slug, code=failure.code)

    def _read(self, feed: Feed) -> None:
        page = self._winplc.events(feed.to, feed.cursor, self._new_id())
        for event in page.events:
            self._take(feed, event)
            reach("feed.before_advance")
            self._feeds.advance(feed.clinic, event.seq)

    def _take(self, feed: Feed, event: FeedEvent) -> None:
        """Take one event; one that does not fit is noted and passed, as its own call was answered."""
        clinic = Clinic(feed.clinic, feed.to.slug)
        if self._words.known(clinic, event.id) is not None:
            return
        try:
            call = _Call.model_validate(event.body)
            staff = Staff(**call.acting_staff.model_dump())
            if event.request is None:
                self._first_words.take(clinic, event.id, staff, call.content)
            else:
                self._words.take(clinic, Word(event.id, event.request, event.trigger, staff, call.content))
        except (OutcomeError, ValidationError, CprError, KeyError) as error:
            if isinstance(error, StorageUnavailableError):
                raise
            log.warning("feed_event_passed", clinic=feed.to.slug, event_id=event.id, code=type(error).__name__)
