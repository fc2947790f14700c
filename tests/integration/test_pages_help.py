"""Help is one entry: how to log in for visitors, how to use the pages for users."""

import pytest

from tests.page_doors import Browser
from tests.patient_doors import PatientDoors


@pytest.fixture
def doors(sqlite_house, passwords):
    return PatientDoors(sqlite_house, passwords)


@pytest.mark.rule("HLP-1")
def test_a_visitor_reads_how_to_log_in_and_a_user_how_to_use_the_pages(doors):
    visitor, user = Browser(doors, who=None), Browser(doors)
    assert "Sådan logger du ind" in visitor.read("/nygade/help")
    page = user.read("/nygade/help")
    assert "Sådan bruger du siderne" in page
    assert "indtil 48 timer før" in page
    assert 'href="/nygade/help"' in page, "top right on every page"


@pytest.mark.rule("HLP-1")
def test_the_help_is_there_in_english_too(doors):
    assert "How to log in" in Browser(doors, who=None).read("/nygade/help", Accept_Language="en")


def test_what_is_not_accessible_is_said_and_whom_to_tell(doors):
    page = Browser(doors, who=None).read("/nygade/accessibility")
    assert "WCAG 2.2" in page
    assert "tel:" in page
