"""The plain version's two endpoints: commit, then enqueue."""

import json
from datetime import UTC, datetime
from uuid import UUID, uuid4

import falcon
import sqlalchemy as sa

from benchmarks.plain_celery.table import REQUEST, connected
from benchmarks.plain_celery.tasks import deliver, mail

ENGINE = connected()


class Submissions:
    """Where the patient writes."""

    def on_post(self, req: falcon.Request, resp: falcon.Response, clinic: str) -> None:
        """Store the request and have it delivered."""
        words = json.loads(req.bounded_stream.read())
        identifier = uuid4()
        with ENGINE.begin() as connection:
            connection.execute(
                sa.insert(REQUEST).values(
                    id=identifier,
                    clinic=clinic,
                    email="patient@patient.example",
                    text=words["text"],
                    state="submitted",
                    created_at=datetime.now(UTC),
                ),
            )
        deliver.delay(str(identifier))
        resp.status = falcon.HTTP_202
        resp.media = {"id": str(identifier), "state": "submitted"}


class Answers:
    """Where the clinic answers."""

    def on_post(self, req: falcon.Request, resp: falcon.Response, request: str) -> None:
        """Store the answer and have the patient told."""
        words = json.loads(req.bounded_stream.read())
        with ENGINE.begin() as connection:
            connection.execute(
                sa.update(REQUEST)
                .where(REQUEST.c.id == UUID(request))
                .values(state="answered", answer=words["content"]["text"]),
            )
        mail.delay(request)
        resp.media = {"request": request, "state": "answered"}


class Health:
    """Whether the endpoints are there."""

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        """Answer."""
        resp.media = {"ready": True}


app = falcon.App()
app.add_route("/v1/clinics/{clinic}/requests/e_kons", Submissions())
app.add_route("/v1/clinic/requests/{request}/answer", Answers())
app.add_route("/health/ready", Health())
