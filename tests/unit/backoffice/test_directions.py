"""Nothing that staff decide about reads backwards."""

from cxprofiles.backoffice.directions import spelt


def test_marks_of_direction_are_written_out() -> None:
    assert spelt("\u202egnp.exe\u2069") == "\\u202egnp.exe\\u2069"


def test_words_of_every_script_stay_as_they_are() -> None:
    for text in ("ann-1", "שלום", "مرحبا", "نمی\u200cخواهم", "👩\u200d🚀"):  # noqa: RUF001
        assert spelt(text) == text
