"""Where a time is gone, the refusal carries others like it that are free now (BOO-3)."""

from datetime import timedelta
from urllib.parse import urlencode

from api.call import Call
from api.fresh import Fresh, FreshTime
from api.given import Services
from api.patient.slots import offering
from identity.subject import Patient
from storage.free_times import free_slots, like
from workflows.content import Content
from workflows.vocabulary import Layer, Refusal
from workflows.working_days import local_day

SHOWN = 5
LOOKED_AHEAD = timedelta(days=28)
_READ = 50


def fresh_for(services: Services, call: Call, slug: str, refusal: Refusal, content: Content) -> Fresh | None:
    """Return fresh times where the refusal is that the wanted one has gone."""
    is_gone = refusal.rule.conflict and refusal.rule.layer is Layer.CALENDAR
    return _fresh(services, call, slug, content) if is_gone and content.wanted_slot is not None else None


def _fresh(services: Services, call: Call, slug: str, content: Content) -> Fresh:
    patient = call.caller(Patient)
    with services.database.reading() as connection:
        offer = offering(services, connection, patient, slug, call.language)
        wanted = like(connection, offer.clinic.id, content.wanted_slot or "")
        practitioner = wanted.practitioner if wanted else content.addressed_to
        reason = wanted.reason if wanted else content.wanted_reason
        start = max(offer.now, wanted.starts_at - timedelta(hours=12)) if wanted else offer.now
        search = offer.search(start, start + LOOKED_AHEAD, practitioner, reason)
        found = free_slots(connection, offer.clinic.id, search, _READ) if offer.booking.allowed else ()
    free = [slot for slot in found if slot.is_released(offer.now)][:SHOWN]
    day = local_day(free[0].starts_at if free else start)
    named = {"practitioner": practitioner, "reason": reason}
    asked = {"view": "month", "month": f"{day:%Y-%m}"} | {name: key for name, key in named.items() if key}
    times = (
        FreshTime(
            key=slot.key,
            practitioner=slot.practitioner,
            reason=slot.reason,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
        )
        for slot in free
    )
    return Fresh(free_times=tuple(times), see=f"/v1/clinics/{slug}/slots?{urlencode(asked)}")
