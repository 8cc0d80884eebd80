"""Reasons, told in the reader's language."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from compliance.recommend.words import plain
from qualiforma.training.states import Level


def tell(reason: Mapping[str, Any]) -> str:
    """Return a reason as one short sentence."""
    return _TELLERS[reason["code"]](reason)


def _matched(reason: Mapping[str, Any]) -> str:
    words = ", ".join(
        said if plain(said) == found else f"{said} → {found}" for said, found in reason["words"]
    )
    return _("Répond à l’objectif %(rank)d : %(words)s") % {
        "rank": reason["objective"] + 1,
        "words": words,
    }


def _bridges(reason: Mapping[str, Any]) -> str:
    if reason["from"] == reason["to"]:
        return _("Consolide le niveau %(to)s") % _levels(reason)
    return _("Mène du niveau %(from)s au niveau %(to)s") % _levels(reason)


def _held(reason: Mapping[str, Any]) -> str:
    return _("Ne dépasse pas le niveau actuel (%(from)s à %(to)s)") % _levels(reason)


def _beyond(reason: Mapping[str, Any]) -> str:
    return _("Commence au niveau %(from)s, au-delà du besoin") % _levels(reason)


def _after(reason: Mapping[str, Any]) -> str:
    return _("À suivre après « %s »") % str(reason["course"])


def _prerequisite(reason: Mapping[str, Any]) -> str:
    label = str(Level(reason["level"]).label)
    return _("Prérequis manquant : niveau %s à l’entrée") % label


def _said(reason: Mapping[str, Any]) -> str:
    return str(reason["text"])


def _levels(reason: Mapping[str, Any]) -> dict[str, Any]:
    return {name: Level(reason[name]).label for name in ("from", "to")}


_TELLERS = {
    "MATCHED": _matched,
    "BRIDGES": _bridges,
    "LATER": _bridges,
    "HELD": _held,
    "BEYOND": _beyond,
    "AFTER": _after,
    "PREREQUISITE": _prerequisite,
    "SAID": _said,
}
