"""Every text of the pages has its English words, and the catalogue holds no other."""

from babel.messages.catalog import Catalog

from portal.page_texts import main, untranslated


def test_every_text_is_in_both_languages_and_the_catalogue_is_fresh(capsys):
    assert main(["--check"]) == 0, capsys.readouterr().out


def test_a_text_without_english_words_would_be_found():
    catalog = Catalog()
    catalog.add("Log ind", "Log in")
    catalog.add("Log ud")
    catalog.add(("%(n)s ulæst", "%(n)s ulæste"), ("%(n)s unread", ""))
    assert list(untranslated(catalog)) == ["Log ud", "('%(n)s ulæst', '%(n)s ulæste')"]
