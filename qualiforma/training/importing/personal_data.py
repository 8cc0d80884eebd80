"""What imports hold about people: a week at most."""

from django.db.models import Q

from qualiforma.personal_data_registry import TECHNICAL, exclude, register, unfinished
from qualiforma.training.importing.models import (
    HeadingMapping,
    ImportedRow,
    ImportStatus,
    RecordImport,
    TableCopy,
)

register(
    RecordImport,
    purpose="Reprendre des fiches d’un tableur",
    retention=TECHNICAL,
    named=("started_by",),
)
register(ImportedRow, purpose="Dire ce qu’est devenue chaque ligne", retention=TECHNICAL)
register(
    HeadingMapping,
    purpose="Reconnaître les en-têtes des tableurs de l’organisme",
    retention=TECHNICAL,
)
exclude(TableCopy, because="names of temporary tables")

unfinished[RecordImport] = ~Q(status=ImportStatus.DONE)
