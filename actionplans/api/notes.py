"""The execution log of an action."""

from collections.abc import Callable

from rest_framework.request import Request
from rest_framework.response import Response

from actionplans import policies, services
from actionplans.api import docs
from actionplans.api.company import CompanyViewSet
from actionplans.api.serializers import NoteInput, NoteOutput
from actionplans.models import Action, Note
from actionplans.querysets import ActionQuerySet


class NoteViewSet(CompanyViewSet[Note]):
    """Entries are found by their action; writing one answers the action's version."""

    etags = True
    queryset = Note.objects.none()  # for the schema
    serializer_class = NoteOutput
    permissions = {
        "list": policies.can_use_action_plans,
        "create": policies.can_use_action_plans,
        "partial_update": policies.can_use_action_plans,
        "destroy": policies.can_use_action_plans,
    }

    def action_of(self, action_id: str, policy: Callable[..., bool] | None = None) -> Action:
        actions: ActionQuerySet = Action.objects.visible_to(self.actor)
        return self.named_row(
            lambda key: actions.filter(pk=key).select_related("plan"), action_id, policy=policy
        )

    def note_of(self, action_id: str, note_id: str) -> Note:
        self.action_of(action_id)
        return self.named_row(
            lambda key, action: Note.objects.filter(pk=key, action=action).select_related("action"),
            note_id,
            action_id,
            policy=policies.can_change_note,
        )

    @docs.list_notes
    def list(self, request: Request, action_id: str) -> Response:
        notes = Note.objects.filter(action=self.action_of(action_id)).newest_first()
        return self.get_paginated_response(
            NoteOutput(self.paginate_queryset(notes), many=True).data
        )

    @docs.create_note
    def create(self, request: Request, action_id: str) -> Response:
        action = self.action_of(action_id, policies.can_work_on)
        text = self.validated(NoteInput)["text"]
        note = services.add_note(
            action=action, text=text, actor=self.actor, expected_versions=self.expected_versions
        )
        return self.tagged(NoteOutput(note).data, note.action.version)

    @docs.update_note
    def partial_update(self, request: Request, action_id: str, note_id: str) -> Response:
        note = self.note_of(action_id, note_id)
        text = self.validated(NoteInput)["text"]
        note = services.edit_note(
            note=note, text=text, actor=self.actor, expected_versions=self.expected_versions
        )
        return self.tagged(NoteOutput(note).data, note.action.version)

    @docs.delete_note
    def destroy(self, request: Request, action_id: str, note_id: str) -> Response:
        note = self.note_of(action_id, note_id)
        services.delete_note(note=note, actor=self.actor, expected_versions=self.expected_versions)
        return Response(status=204)
