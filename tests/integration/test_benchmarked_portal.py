"""What the benchmarks measure is the portal as it is: its patients are let in, and what they send is taken."""

import falcon.testing

from api.app import create_app
from benchmarks.portal_system import PortalSystem
from identity.webhooks import new_secret
from tests import database_servers

NOWHERE = "http://127.0.0.1:1"


def test_the_patients_of_the_benchmarks_are_let_in(postgres_server, worker_name, tmp_path):
    with database_servers.new_database(postgres_server, f"{worker_name}_bench") as url:
        system = PortalSystem(database=url, redis="redis://127.0.0.1:1/0", folder=tmp_path, api_port=1, smtp_port=1)
        system.seed(NOWHERE, new_secret())
        services, call = system.services(), system.submission(0)
        answer = falcon.testing.TestClient(create_app(services)).simulate_post(
            call.path, headers=dict(call.headers), body=call.body
        )
        services.database.close()
    assert answer.status_code == 202, answer.text
