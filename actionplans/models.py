"""Action plans, their actions, and what these name: assignees, focus, areas, groups, notes.

Source: public API, action plans; api-action-plans.
"""

from importlib import import_module
from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from actionplans.querysets import (
    ActionQuerySet,
    AreaQuerySet,
    AssignmentQuerySet,
    NoteQuerySet,
    PlanQuerySet,
    base_status,
    searched,
)
from actionplans.states import (
    ENDED,
    STORED,
    ActionSource,
    ActionType,
    FocusType,
    State,
    Visibility,
)
from qualiforma.fields import newest, not_blank, one_of, person_key, shortened
from qualiforma.ids import BARE, IdField

TITLE_MAX = 255
DESCRIPTION_MAX = 5000
NOTE_MAX = 5000
NAME_MAX = 200
FOCUS_ID_MAX = 80
ASSIGNEES_MAX = 20
FOCUS_ITEMS_MAX = 20
AREAS_MAX = 50
GROUPS_MAX = 50

import_module("actionplans.exports.models")  # of this app too


class Area(models.Model):
    """A part of the company that actions target; areas form a tree."""

    parts: "list[Area]"  # given by `AreaQuerySet.tree`
    id = IdField(prefix=BARE)
    name = models.CharField(_("nom"), max_length=NAME_MAX)
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("périmètre parent"),
    )
    position = models.PositiveIntegerField(_("rang"), default=0)

    objects: ClassVar = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = _("périmètre")
        verbose_name_plural = _("périmètres")
        constraints: ClassVar = [
            not_blank("name", "area_name_not_blank"),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")), name="area_not_its_own_part"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Group(models.Model):
    """A group of people that actions concern."""

    id = IdField(prefix=BARE)
    name = models.CharField(_("nom"), max_length=NAME_MAX)

    class Meta:
        verbose_name = _("groupe")
        verbose_name_plural = _("groupes")
        constraints: ClassVar = [not_blank("name", "group_name_not_blank")]

    def __str__(self) -> str:
        return self.name


class ActionPlan(models.Model):
    """A named container of actions under a shared goal."""

    shown_actions: "list[Action]"  # given by whoever answers with it
    id = IdField(prefix=BARE)
    title = models.CharField(_("titre"), max_length=TITLE_MAX)
    description = models.TextField(
        _("description"), max_length=DESCRIPTION_MAX, blank=True, default=""
    )
    visibility = models.CharField(
        _("visibilité"), max_length=20, choices=Visibility, default=Visibility.PRIVATE
    )
    # Nobody for plans from before creators were recorded.
    created_by = person_key(
        verbose_name=_("créé par"), null=True, blank=True, db_index=False, editable=False
    )
    created_at = models.DateTimeField(_("créé le"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("modifié le"), default=timezone.now, editable=False)
    # Counted up by every change of the plan or its actions; the ETag.
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("plan d’action")
        verbose_name_plural = _("plans d’action")
        # The order of the list, of all plans and of those that managers may see.
        indexes: ClassVar = [
            newest(name="actionplan_newest"),
            newest("created_by", name="actionplan_creator_newest"),
            newest("visibility", name="actionplan_visible_newest"),
        ]
        constraints: ClassVar = [
            not_blank("title", "actionplan_title_not_blank"),
            one_of("visibility", Visibility, "actionplan_visibility_known"),
        ]

    def __str__(self) -> str:
        return self.title


class Action(models.Model):
    """One action of a plan. Counts and instants below are the database's, from the assignments."""

    id = IdField(prefix=BARE)
    plan = models.ForeignKey(
        ActionPlan,
        on_delete=models.CASCADE,
        related_name="actions",
        db_index=False,
        verbose_name=_("plan"),
    )
    title = models.CharField(_("titre"), max_length=TITLE_MAX)
    description = models.TextField(
        _("description"), max_length=DESCRIPTION_MAX, blank=True, default=""
    )
    action_type = models.CharField(
        _("type"), max_length=20, choices=ActionType, default=ActionType.MANAGER
    )
    source = models.CharField(
        _("origine"), max_length=20, choices=ActionSource, default=ActionSource.MANUAL
    )
    visibility = models.CharField(
        _("visibilité"), max_length=20, choices=Visibility, default=Visibility.PRIVATE
    )
    due_date = models.DateField(_("échéance"), null=True, blank=True)
    created_by = person_key(
        verbose_name=_("créée par"), null=True, blank=True, db_index=False, editable=False
    )
    created_at = models.DateTimeField(_("créée le"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("modifiée le"), default=timezone.now, editable=False)
    # The ETag; counted up by the assignees' moves and the notes too.
    version = models.PositiveIntegerField(default=1, editable=False)
    # Assignees by what is stored of them.
    pending_count = models.PositiveSmallIntegerField(default=0, editable=False)
    in_progress_count = models.PositiveSmallIntegerField(default=0, editable=False)
    completed_count = models.PositiveSmallIntegerField(default=0, editable=False)
    cancelled_count = models.PositiveSmallIntegerField(default=0, editable=False)
    # First start; last end, once nobody has anything left to do.
    started_at = models.DateTimeField(_("démarrée le"), null=True, editable=False)
    completed_at = models.DateTimeField(_("terminée le"), null=True, editable=False)
    base_status = models.GeneratedField(
        expression=base_status(),
        output_field=models.CharField(max_length=20),
        db_persist=True,
        verbose_name=_("statut, échéance à part"),
    )

    objects: ClassVar = ActionQuerySet.as_manager()

    class Meta:
        verbose_name = _("action")
        verbose_name_plural = _("actions")
        # One per filter.
        indexes: ClassVar = [
            newest(name="planaction_newest"),
            newest("plan", name="planaction_plan_newest"),
            newest("created_by", name="planaction_creator_newest"),
            newest("action_type", name="planaction_type_newest"),
            newest("base_status", name="planaction_status_newest"),
            models.Index(
                fields=["due_date", "id"],
                name="planaction_open_due",
                # Not `IN`, which a dump writes otherwise than a migration does.
                condition=Q(base_status=State.PENDING) | Q(base_status=State.IN_PROGRESS),
            ),
            GinIndex(OpClass(searched(), name="gin_trgm_ops"), name="planaction_search"),
        ]
        constraints: ClassVar = [
            not_blank("title", "planaction_title_not_blank"),
            one_of("action_type", ActionType, "planaction_type_known"),
            one_of("source", ActionSource, "planaction_source_known"),
            one_of("visibility", Visibility, "planaction_visibility_known"),
        ]

    def __str__(self) -> str:
        return self.title


class Assignment(models.Model):
    """One user's part in an action."""

    id = IdField(prefix=BARE)
    action = models.ForeignKey(
        Action, on_delete=models.CASCADE, related_name="assignments", db_index=False
    )
    user = person_key(verbose_name=_("responsable"), db_index=False)
    base_status = models.CharField(
        _("statut, échéance à part"),
        max_length=20,
        choices=[(one.value, one.label) for one in STORED],
        default=State.PENDING,
    )
    # The first time.
    started_at = models.DateTimeField(_("démarrée le"), null=True, blank=True)
    completed_at = models.DateTimeField(_("terminée le"), null=True, blank=True)
    # Rank as the caller gave it.
    position = models.PositiveSmallIntegerField(default=0)

    objects: ClassVar = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("responsable d’une action")
        verbose_name_plural = _("responsables d’actions")
        indexes: ClassVar = [models.Index(fields=["user", "action"], name="assignment_user_action")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["action", "user"], name="assignment_once"),
            one_of("base_status", STORED, "assignment_status_known"),
            models.CheckConstraint(
                condition=Q(base_status__in=sorted(ENDED), completed_at__isnull=False)
                | Q(~Q(base_status__in=sorted(ENDED)), completed_at__isnull=True),
                name="assignment_end_has_instant",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action_id} – {self.user_id}"


class FocusItem(models.Model):
    """What an action is meant to improve."""

    id = IdField(prefix=BARE)
    action = models.ForeignKey(
        Action, on_delete=models.CASCADE, related_name="focus_items", db_index=False
    )
    focus_type = models.CharField(_("axe"), max_length=20, choices=FocusType)
    focus_id = models.CharField(_("indicateur"), max_length=FOCUS_ID_MAX, blank=True, default="")
    label = models.CharField(_("libellé"), max_length=NAME_MAX, blank=True, default="")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("axe d’une action")
        verbose_name_plural = _("axes d’actions")
        indexes: ClassVar = [
            models.Index(fields=["action", "position"], name="focus_of_action"),
            models.Index(fields=["focus_type", "action"], name="focus_type_action"),
        ]
        constraints: ClassVar = [
            one_of("focus_type", FocusType, "focus_type_known"),
            models.CheckConstraint(
                condition=~Q(focus_type=FocusType.SCORE, focus_id=""), name="focus_score_has_id"
            ),
        ]

    def __str__(self) -> str:
        return self.label or self.focus_id or self.focus_type


class ActionArea(models.Model):
    """An area that an action targets."""

    id = IdField(prefix=BARE)
    action = models.ForeignKey(
        Action, on_delete=models.CASCADE, related_name="area_links", db_index=False
    )
    area = models.ForeignKey(
        Area, on_delete=models.PROTECT, related_name="action_links", db_index=False
    )

    class Meta:
        verbose_name = _("périmètre d’une action")
        verbose_name_plural = _("périmètres d’actions")
        indexes: ClassVar = [models.Index(fields=["area", "action"], name="actionarea_area_action")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["action", "area"], name="actionarea_once")
        ]

    def __str__(self) -> str:
        return f"{self.action_id} – {self.area_id}"


class ActionGroup(models.Model):
    """A group that an action concerns."""

    id = IdField(prefix=BARE)
    action = models.ForeignKey(
        Action, on_delete=models.CASCADE, related_name="group_links", db_index=False
    )
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="action_links")

    class Meta:
        verbose_name = _("groupe d’une action")
        verbose_name_plural = _("groupes d’actions")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["action", "group"], name="actiongroup_once")
        ]

    def __str__(self) -> str:
        return f"{self.action_id} – {self.group_id}"


class Note(models.Model):
    """An entry of an action's execution log."""

    id = IdField(prefix=BARE)
    action = models.ForeignKey(
        Action, on_delete=models.CASCADE, related_name="notes", db_index=False
    )
    text = models.TextField(_("texte"), max_length=NOTE_MAX)
    author = person_key(verbose_name=_("auteur"))
    created_at = models.DateTimeField(_("écrite le"), default=timezone.now, editable=False)
    edited_at = models.DateTimeField(_("modifiée le"), null=True, editable=False)

    objects: ClassVar = NoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        indexes: ClassVar = [newest("action", name="note_action_newest")]
        constraints: ClassVar = [not_blank("text", "note_text_not_blank")]

    def __str__(self) -> str:
        return shortened(self.text)
