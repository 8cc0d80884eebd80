"""What records are called."""

from improvements.models import ClosingReport


def test_a_long_text_is_cut_and_says_so():
    name = str(ClosingReport(summary="Le contrôle avant émission\na fait disparaître " * 4))
    assert len(name) == 80
    assert name.startswith("Le contrôle avant émission a fait")
    assert name.endswith("…")
    assert str(ClosingReport(summary="Court.")) == "Court."
