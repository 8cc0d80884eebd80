"""The only permission class: each action names its policy on the view; an action without one is denied."""

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User

if TYPE_CHECKING:
    from rest_framework.views import APIView


class DeclaredPermission(BasePermission):
    """Ask the policy that the view declares for this action.

    Shape: `permissions = {"list": policy, "login": None}`; a policy takes the actor, None opens the
    action to everybody. A missing row denies. A method the view does not have falls through to 405.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        action = getattr(view, "action", None)
        if action in {None, "metadata"}:  # OPTIONS is "metadata", which no view has
            return True
        declared = getattr(view, "permissions", {})
        if action not in declared:
            return False
        policy = declared[action]
        if policy is None:
            return True
        return isinstance(request.user, User) and bool(policy(Actor.of(request.user)))
