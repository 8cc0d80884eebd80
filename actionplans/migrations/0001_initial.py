# The tables of action plans.

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import qualiforma.ids
import qualiforma.search


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ActionPlan",
            fields=[
                ("id", qualiforma.ids.IdField(prefix="", serialize=False)),
                ("title", models.CharField(max_length=255, verbose_name="titre")),
                (
                    "description",
                    models.TextField(blank=True, default="", verbose_name="description"),
                ),
                (
                    "visibility",
                    models.CharField(
                        choices=[("PUBLIC", "Public"), ("PRIVATE", "Privé")],
                        default="PRIVATE",
                        max_length=20,
                        verbose_name="visibilité",
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="créé le"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="modifié le"
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="créé par",
                    ),
                ),
            ],
            options={
                "verbose_name": "plan d’action",
                "verbose_name_plural": "plans d’action",
            },
        ),
        migrations.CreateModel(
            name="Action",
            fields=[
                ("id", qualiforma.ids.IdField(prefix="", serialize=False)),
                ("title", models.CharField(max_length=255, verbose_name="titre")),
                (
                    "description",
                    models.TextField(blank=True, default="", verbose_name="description"),
                ),
                (
                    "action_type",
                    models.CharField(
                        choices=[("MANAGER", "Responsable"), ("COMPANY", "Entreprise")],
                        default="MANAGER",
                        max_length=20,
                        verbose_name="type",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[("MANUAL", "Saisie"), ("SUGGESTION", "Suggestion"), ("AI", "IA")],
                        default="MANUAL",
                        max_length=20,
                        verbose_name="origine",
                    ),
                ),
                (
                    "visibility",
                    models.CharField(
                        choices=[("PUBLIC", "Public"), ("PRIVATE", "Privé")],
                        default="PRIVATE",
                        max_length=20,
                        verbose_name="visibilité",
                    ),
                ),
                ("due_date", models.DateField(blank=True, null=True, verbose_name="échéance")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="créée le"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now,
                        editable=False,
                        verbose_name="modifiée le",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("pending_count", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("in_progress_count", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("completed_count", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("cancelled_count", models.PositiveSmallIntegerField(default=0, editable=False)),
                (
                    "started_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="démarrée le"),
                ),
                (
                    "completed_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="terminée le"),
                ),
                (
                    "base_status",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Case(
                            models.When(
                                models.Q(
                                    ("in_progress_count", 0),
                                    ("pending_count", 0),
                                    ("cancelled_count__gt", 0),
                                    ("completed_count", 0),
                                ),
                                then=models.Value("CANCELLED"),
                            ),
                            models.When(
                                models.Q(
                                    ("in_progress_count", 0),
                                    ("pending_count", 0),
                                    ("completed_count__gt", 0),
                                ),
                                then=models.Value("COMPLETED"),
                            ),
                            models.When(
                                models.Q(
                                    ("in_progress_count__gt", 0),
                                    ("completed_count__gt", 0),
                                    ("cancelled_count__gt", 0),
                                    _connector="OR",
                                ),
                                then=models.Value("IN_PROGRESS"),
                            ),
                            default=models.Value("PENDING"),
                            output_field=models.CharField(max_length=20),
                        ),
                        output_field=models.CharField(max_length=20),
                        verbose_name="statut, échéance à part",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="créée par",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="actions",
                        to="actionplans.actionplan",
                        verbose_name="plan",
                    ),
                ),
            ],
            options={
                "verbose_name": "action",
                "verbose_name_plural": "actions",
            },
        ),
        migrations.CreateModel(
            name="Area",
            fields=[
                ("id", qualiforma.ids.IdField(prefix="", serialize=False)),
                ("name", models.CharField(max_length=200, verbose_name="nom")),
                ("position", models.PositiveIntegerField(default=0, verbose_name="rang")),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="actionplans.area",
                        verbose_name="périmètre parent",
                    ),
                ),
            ],
            options={
                "verbose_name": "périmètre",
                "verbose_name_plural": "périmètres",
            },
        ),
        migrations.CreateModel(
            name="ActionArea",
            fields=[
                ("id", qualiforma.ids.IdField(prefix="", serialize=False)),
                (
                    "action",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="area_links",
                        to="actionplans.action",
                    ),
                ),
                (
                    "area",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="action_links",
                        to="actionplans.area",
                    ),
                ),
            ],
            options={
                "verbose_name": "périmètre d’une action",
                "verbose_name_plural": "périmètres d’actions",
            },
        ),
        migrations.CreateModel(
            name="Assignment",
            fields=[
                ("id", qualiforma.ids.IdField(prefix="", serialize=False)),
                (
                    "base_status",
                    models.CharField(
                        choices=[
                            ("PENDING", "À faire"),
                            ("IN_PROGRESS", "En cours"),
                            ("COMPLETED", "Terminée"),
                            ("CANCELLED", "Annulée"),
                        ],
                        default="PENDING",
                        max_length=20,
                        verbose_name="statut, échéance à part",
                    ),
                ),
                (
                    "started_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="démarrée le"),
                ),
                (
                    "completed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="terminée le"),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("reminded_of", models.DateField(editable=False, null=True)),
                (
                    "action",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="assignments",
                        to="actionplans.action",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="responsable",
                    ),
                ),
            ],
            options={
                "verbose_name": "responsable d’une action",
                "verbose_name_plural": "responsables d’actions",
            },
        ),
        migrations.CreateModel(
            name="FocusItem",
            fields=[
                ("id", qualiforma.ids.IdField(prefix="", serialize=False)),
                (
                    "focus_type",
                    models.CharField(
                        choices=[("SCORE", "Score"), ("HI", "HI"), ("ENPS", "eNPS")],
                        max_length=20,
                        verbose_name="axe",
                    ),
                ),
                (
                    "focus_id",
                    models.CharField(
                        blank=True, default="", max_length=80, verbose_name="indicateur"
                    ),
                ),
                (
                    "label",
                    models.CharField(
                        blank=True, default="", max_length=200, verbose_name="libellé"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "action",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="focus_items",
                        to="actionplans.action",
                    ),
                ),
            ],
            options={
                "verbose_name": "axe d’une action",
                "verbose_name_plural": "axes d’actions",
            },
        ),
        migrations.CreateModel(
            name="Group",
            fields=[
                ("id", qualiforma.ids.IdField(prefix="", serialize=False)),
                ("name", models.CharField(max_length=200, verbose_name="nom")),
            ],
            options={
                "verbose_name": "groupe",
                "verbose_name_plural": "groupes",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="group_name_not_blank"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ActionGroup",
            fields=[
                ("id", qualiforma.ids.IdField(prefix="", serialize=False)),
                (
                    "action",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="group_links",
                        to="actionplans.action",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="action_links",
                        to="actionplans.group",
                    ),
                ),
            ],
            options={
                "verbose_name": "groupe d’une action",
                "verbose_name_plural": "groupes d’actions",
            },
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", qualiforma.ids.IdField(prefix="", serialize=False)),
                ("text", models.TextField(max_length=5000, verbose_name="texte")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="écrite le"
                    ),
                ),
                (
                    "edited_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="modifiée le"),
                ),
                (
                    "action",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notes",
                        to="actionplans.action",
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="auteur",
                    ),
                ),
            ],
            options={
                "verbose_name": "note",
                "verbose_name_plural": "notes",
            },
        ),
        migrations.AddIndex(
            model_name="actionplan",
            index=models.Index(
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="actionplan_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="actionplan",
            index=models.Index(
                models.F("created_by"),
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="actionplan_creator_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="actionplan",
            index=models.Index(
                models.F("visibility"),
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="actionplan_visible_newest",
            ),
        ),
        migrations.AddConstraint(
            model_name="actionplan",
            constraint=models.CheckConstraint(
                condition=models.Q(("title", ""), _negated=True), name="actionplan_title_not_blank"
            ),
        ),
        migrations.AddConstraint(
            model_name="actionplan",
            constraint=models.CheckConstraint(
                condition=models.Q(("visibility__in", ["PUBLIC", "PRIVATE"])),
                name="actionplan_visibility_known",
            ),
        ),
        migrations.AddIndex(
            model_name="action",
            index=models.Index(
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="planaction_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="action",
            index=models.Index(
                models.F("plan"),
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="planaction_plan_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="action",
            index=models.Index(
                models.F("created_by"),
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="planaction_creator_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="action",
            index=models.Index(
                models.F("action_type"),
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="planaction_type_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="action",
            index=models.Index(
                models.F("base_status"),
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="planaction_status_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="action",
            index=models.Index(
                condition=models.Q(("base_status__in", ["IN_PROGRESS", "PENDING"])),
                fields=["due_date", "id"],
                name="planaction_open_due",
            ),
        ),
        migrations.AddIndex(
            model_name="action",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    qualiforma.search.Searchable(
                        django.db.models.functions.text.Concat(
                            models.F("title"),
                            models.Value("\x1f"),
                            models.F("description"),
                            output_field=models.TextField(),
                        )
                    ),
                    name="gin_trgm_ops",
                ),
                name="planaction_search",
            ),
        ),
        migrations.AddConstraint(
            model_name="action",
            constraint=models.CheckConstraint(
                condition=models.Q(("title", ""), _negated=True), name="planaction_title_not_blank"
            ),
        ),
        migrations.AddConstraint(
            model_name="action",
            constraint=models.CheckConstraint(
                condition=models.Q(("action_type__in", ["MANAGER", "COMPANY"])),
                name="planaction_type_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="action",
            constraint=models.CheckConstraint(
                condition=models.Q(("source__in", ["MANUAL", "SUGGESTION", "AI"])),
                name="planaction_source_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="action",
            constraint=models.CheckConstraint(
                condition=models.Q(("visibility__in", ["PUBLIC", "PRIVATE"])),
                name="planaction_visibility_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="area",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True), name="area_name_not_blank"
            ),
        ),
        migrations.AddConstraint(
            model_name="area",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("parent__isnull", True),
                    models.Q(("parent", models.F("id")), _negated=True),
                    _connector="OR",
                ),
                name="area_not_its_own_part",
            ),
        ),
        migrations.AddIndex(
            model_name="actionarea",
            index=models.Index(fields=["area", "action"], name="actionarea_area_action"),
        ),
        migrations.AddConstraint(
            model_name="actionarea",
            constraint=models.UniqueConstraint(fields=("action", "area"), name="actionarea_once"),
        ),
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(fields=["user", "action"], name="assignment_user_action"),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.UniqueConstraint(fields=("action", "user"), name="assignment_once"),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("base_status__in", ["PENDING", "IN_PROGRESS", "COMPLETED", "CANCELLED"])
                ),
                name="assignment_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("base_status__in", ["CANCELLED", "COMPLETED"]),
                        ("completed_at__isnull", False),
                    ),
                    models.Q(
                        models.Q(("base_status__in", ["CANCELLED", "COMPLETED"]), _negated=True),
                        ("completed_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="assignment_end_has_instant",
            ),
        ),
        migrations.AddIndex(
            model_name="focusitem",
            index=models.Index(fields=["action", "position"], name="focus_of_action"),
        ),
        migrations.AddIndex(
            model_name="focusitem",
            index=models.Index(fields=["focus_type", "action"], name="focus_type_action"),
        ),
        migrations.AddConstraint(
            model_name="focusitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("focus_type__in", ["SCORE", "HI", "ENPS"])),
                name="focus_type_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="focusitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("focus_id", ""), ("focus_type", "SCORE"), _negated=True),
                name="focus_score_has_id",
            ),
        ),
        migrations.AddConstraint(
            model_name="actiongroup",
            constraint=models.UniqueConstraint(fields=("action", "group"), name="actiongroup_once"),
        ),
        migrations.AddIndex(
            model_name="note",
            index=models.Index(
                models.F("action"),
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="note_action_newest",
            ),
        ),
        migrations.AddConstraint(
            model_name="note",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="note_text_not_blank"
            ),
        ),
    ]
