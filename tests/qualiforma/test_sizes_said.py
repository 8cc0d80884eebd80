"""Sizes of files in the words of each language."""

import pytest
from django.template.defaultfilters import filesizeformat
from django.utils.translation import override


@pytest.mark.parametrize(
    ("language", "size", "said"),
    [("fr", 44_442, "43,4 Ko"), ("fr", 3 * 1024**2, "3,0 Mo"), ("en", 44_442, "43.4 KB")],
)
def test_a_size_is_said_in_ones_own_units(language, size, said):
    with override(language):
        assert filesizeformat(size).replace("\u00a0", " ") == said
