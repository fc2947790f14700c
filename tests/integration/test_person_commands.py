"""What operators do about people: numbers come in by standard input or a file, and never go out."""

from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner

from identity.cpr import Cpr
from portal.person_commands import person
from storage.accounts import cpr_of
from storage.registers import ACCESS, PERSON
from storage.uploads import Files
from tests.file_stores import MemoryStore
from tests.people import ALICE, BOB, CARLA, DAVID, PATIENTS

NEW = "6102900002"
NUMBERS = {NEW, *(each.digits for each in (*PATIENTS, DAVID))}


@pytest.fixture
def operate(house):
    """Call a command of `portal person` with these lines; return (exit code, everything it said)."""
    given = ("database", "keyring", "clock", "new_id", "ledger")
    kept = {name: getattr(house, name) for name in given}
    files = Files(house.database, house.keyring, house.new_id, MemoryStore())
    services = SimpleNamespace(**kept, catalogue=house.ledger.catalogue, files=files)

    def run(*words, lines=()):
        words = [*words, "--operator", "olga"]
        ran = CliRunner().invoke(person, words, input="\n".join(lines), obj=lambda: services)
        said = ran.output + str(ran.exception or "")
        assert not [number for number in NUMBERS if number in said]
        return ran.exit_code, said

    return run


def logged(house):
    rows = sorted(house.rows(ACCESS), key=lambda row: row.id)
    return [(row.actor_kind, row.actor, row.act, row.person_id, row.purpose) for row in rows]


@pytest.mark.rule("I7")
def test_no_command_has_room_for_a_number_on_its_line():
    arguments = [
        (command.name, each.name)
        for command in person.commands.values()
        for each in command.params
        if isinstance(each, click.Argument)
    ]
    assert arguments == []


@pytest.mark.rule("CPR-5", "NEW-20")
def test_an_operator_changes_a_number(house, operate):
    alice = house.people[ALICE]
    assert operate("change-cpr", lines=[ALICE.digits, NEW]) == (0, f"{alice}: has another number now\n")
    with house.database.reading() as connection:
        assert cpr_of(connection, house.keyring, alice) == Cpr(NEW)
    assert operate("change-cpr", lines=[ALICE.digits, NEW]) == (0, f"{alice}: had this number already\n")
    assert logged(house)[0] == ("operator", "olga", "operator.person.change_cpr", alice, "operation")
    assert house.outbox(None) == [("mail", "user_changed")]


@pytest.mark.rule("CPR-5", "NEW-20")
def test_the_lines_may_stand_in_a_file(house, operate, tmp_path):
    file = tmp_path / "numbers"
    file.write_text(f"{ALICE.digits}\n\n {NEW} \n")
    assert operate("change-cpr", "--file", str(file))[0] == 0


@pytest.mark.rule("CPR-5", "NEW-20")
def test_an_operator_merges_two_by_number_or_id(house, operate):
    alice, bob = house.people[ALICE], house.people[BOB]
    assert operate("merge", lines=[str(alice), BOB.digits]) == (0, f"{alice}: {bob} is merged into it\n")
    assert [row.id for row in house.rows(PERSON, PERSON.c.merged_into == alice)] == [bob]
    assert operate("merge", lines=[ALICE.digits, str(bob)]) == (0, f"{alice}: the two are one already\n")
    assert logged(house)[0] == ("operator", "olga", "operator.person.merge", alice, "operation")


@pytest.mark.parametrize(
    ("command", "lines", "said"),
    [
        ("merge", [ALICE.digits], "2 lines are needed"),
        ("merge", [ALICE.digits, BOB.digits, CARLA.digits], "2 lines are needed"),
        ("merge", [ALICE.digits, DAVID.digits], "the second line names nobody here"),
        ("merge", ["3002901234", ALICE.digits], "the first line is no CPR number (date)"),
        ("merge", ["0193587e-2c00-7000-8000-00000000000x", ALICE.digits], "the first line is no id"),
        ("merge", ["0193587e-2c00-7000-8000-0000000000aa", ALICE.digits], "the first line names nobody here"),
        ("change-cpr", [DAVID.digits, NEW], "the first line names nobody here"),
        ("change-cpr", [ALICE.digits, BOB.digits], "The number is another user's already."),
        ("change-cpr", [ALICE.digits, "61029000"], "the second line is no CPR number (form)"),
    ],
)
def test_what_cannot_be_is_said_without_a_number_and_changes_nothing(house, operate, command, lines, said):
    code, told = operate(command, lines=lines)
    assert code == 1
    assert said in told
    assert logged(house) == []
    assert house.rows(PERSON, PERSON.c.merged_into.is_not(None)) == []


@pytest.mark.rule("ACC-13")
def test_an_operator_erases_and_the_log_does_not_say_whom(house, operate):
    request = house.delivered(house.e_kons())
    assert operate("erase", "--yes", lines=[ALICE.digits]) == (0, "erased: 1 requests, everywhere\n")
    assert house.request(request).person_id is None
    assert logged(house) == [("operator", "olga", "operator.person.erase", None, "erasure")]
    code, said = operate("erase", "--yes", lines=[ALICE.digits])
    assert (code, "names nobody here" in said) == (1, True)


@pytest.mark.rule("ACC-13")
def test_an_operator_erases_at_one_clinic(house, operate):
    here, there = house.delivered(house.e_kons()), house.delivered(house.e_kons(clinic="havnen"))
    assert operate("erase", "--yes", "--clinic", "nygade", lines=[str(house.people[ALICE])])[0] == 0
    assert house.request(here).person_id is None
    assert house.request(there).person_id == house.people[ALICE]
    code, said = operate("erase", "--yes", "--clinic", "nowhere", lines=[ALICE.digits])
    assert (code, "there is no clinic nowhere" in said) == (1, True)


@pytest.mark.rule("ACC-13")
def test_nothing_is_erased_without_a_yes_or_before_it_is_handed_over(house, operate):
    request = house.e_kons()
    code, said = operate("erase", lines=[ALICE.digits])  # nobody answers the question
    assert code == 1
    assert "1 requests, everywhere, with number, address and log-ins" in said
    code, said = operate("erase", "--yes", lines=[ALICE.digits])
    assert code == 1
    assert f"not handed over to the clinic yet, so nothing is erased: {request}" in said
    assert house.request(request).person_id == house.people[ALICE]
    assert logged(house) == []
