from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComplianceConfig(AppConfig):
    name = "compliance"
    verbose_name = _("Conformité")

    def ready(self) -> None:
        """Say where an organisation's rules for improvement plans are kept."""
        from compliance.services.organisation import read_rules, rule_column
        from qualiforma.qualiopi import rules

        rules.sources.append(read_rules)
        rules.columns.append(rule_column)
