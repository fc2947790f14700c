"""A fifth request type, written as one page in a test, walks the whole house; no room names it."""

from portal.demo_data import CLINICS, settings_of
from storage.schema import migrate
from storage.versions import put
from storage.webhook_secrets import clinic_id
from tests.e2e.whole_house import ALMA, NYGADE, whole_house
from tests.toy_workflow import CATALOGUE_OF_FIVE, LETTER_REQUEST
from workflows.clinic_settings import ClinicSettings


def test_a_request_type_in_one_page_walks_from_patient_to_clinic_and_back(tmp_path, postgres_url, redis_url):
    with whole_house(tmp_path, postgres_url, redis_url, catalogue=CATALOGUE_OF_FIVE, robot=None) as house:
        migrate(house.services.database, CATALOGUE_OF_FIVE)
        _offer_letters(house)
        proof = house.client.log_in(ALMA)

        request = house.submit(proof, NYGADE, LETTER_REQUEST.kind, recipient="employer", wish="Jeg har været syg.")
        house.until_state(request, "delivered")
        house.act(NYGADE, request, "answer", message_id="M-1", text="Attesten ligger klar.")

        assert house.until_state(request, "notified") == ["submit", "delivered", "answer", "notified"]
        assert house.read(proof, request)["kind"] == "letter_request"
        assert "attest" not in house.letters(ALMA)[-1]["text"].lower()


def test_the_fifth_type_is_refused_where_the_clinic_does_not_offer_it(tmp_path, postgres_url, redis_url):
    with whole_house(tmp_path, postgres_url, redis_url, catalogue=CATALOGUE_OF_FIVE, robot=None) as house:
        migrate(house.services.database, CATALOGUE_OF_FIVE)
        proof = house.client.log_in(ALMA)
        path = f"/v1/clinics/{NYGADE}/requests/{LETTER_REQUEST.kind}"
        body = {"recipient": "school", "wish": "Jeg har været syg."}

        status, problem = house.raw("POST", path, body, proof | {"idempotency-key": "k" * 20})

        assert (status, problem["code"], problem["layer"]) == (422, "not_offered", "clinic")


def _offer_letters(house):
    decided = settings_of(CLINICS[0], house.settings.public_url)
    decided["services"] = decided["services"] | {LETTER_REQUEST.kind: "on"}
    with house.services.database.writing() as connection:
        put(
            connection,
            clinic=clinic_id(connection, NYGADE),
            topic="settings",
            decided=ClinicSettings.model_validate(decided),
            by="test",
            at=house.services.clock(),
        )
