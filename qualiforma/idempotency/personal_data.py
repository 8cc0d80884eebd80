"""What kept answers hold about people."""

from qualiforma.idempotency.models import KeptAnswer
from qualiforma.personal_data_registry import TECHNICAL, register

register(
    KeptAnswer,
    purpose="Redonner la même réponse à un appel répété, pendant sept jours",
    retention=TECHNICAL,
)
