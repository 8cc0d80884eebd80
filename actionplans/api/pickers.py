"""What forms choose from: areas, groups, people."""

from rest_framework.request import Request
from rest_framework.response import Response

from actionplans import policies
from actionplans.api import docs
from actionplans.api.company import CompanyViewSet
from actionplans.api.filters import ManagerFilter
from actionplans.api.serializers import AreaOutput, GroupOutput, ManagerOutput
from actionplans.models import Area, Group
from qualiforma.accounts.models import User


class HierarchyView(CompanyViewSet[Area]):
    serializer_class = AreaOutput
    pagination_class = None  # a tree has no pages
    permissions = {"retrieve": policies.can_use_action_plans}

    @docs.get_hierarchy
    def retrieve(self, request: Request) -> Response:
        return self.answered(AreaOutput(Area.objects.tree(), many=True).data)


class GroupView(CompanyViewSet[Group]):
    queryset = Group.objects.order_by("name", "id")
    serializer_class = GroupOutput
    permissions = {"list": policies.can_use_action_plans}

    @docs.list_groups
    def list(self, request: Request) -> Response:
        return self.paged(GroupOutput)


class ManagerView(CompanyViewSet[User]):
    queryset = User.objects.filter(policies.ASSIGNABLE).order_by("name", "id")
    serializer_class = ManagerOutput
    filterset_class = ManagerFilter
    permissions = {"list": policies.can_use_action_plans}

    @docs.list_managers
    def list(self, request: Request) -> Response:
        return self.paged(ManagerOutput)
