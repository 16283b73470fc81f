"""The vendor's own SDK for Python: organizations, people, teams, what they may do, and tokens."""

import datetime
import itertools

import pytest
from pytfe.errors import NotFound, TFEError
from pytfe.models import (
    OrganizationCreateOptions,
    OrganizationMembershipCreateOptions,
    OrganizationMembershipListOptions,
    OrganizationUpdateOptions,
    TeamCreateOptions,
    TeamListOptions,
    TeamTokenCreateOptions,
    TeamTokenListOptions,
    TeamUpdateOptions,
)
from pytfe.models.team import OrganizationAccessOptions, Team, TeamIncludeOpt, TeamReadOptions
from pytfe.models.team_project_access import (
    TeamProjectAccessAddOptions,
    TeamProjectAccessListOptions,
    TeamProjectAccessUpdateOptions,
)
from pytfe.models.team_workspace_access import TeamWorkspaceAccessAddOptions, TeamWorkspaceAccessUpdateOptions
from pytfe.models.project import Project, ProjectCreateOptions
from pytfe.models.workspace import WorkspaceCreateOptions

_numbers = itertools.count(1)
PAST_PAGE_ONE = 23


def _team(sdk, organization: str, **options) -> Team:
    return sdk.teams.create(organization, TeamCreateOptions(name=f"team-{next(_numbers)}", **options))


def test_organizations(sdk):
    name = f"org-{next(_numbers)}"
    made = sdk.organizations.create(OrganizationCreateOptions(name=name, email="a@example.com"))
    assert made.name == name
    assert sdk.organizations.read(name).email == "a@example.com"
    assert name in [organization.name for organization in sdk.organizations.list()]
    assert sdk.organizations.update(name, OrganizationUpdateOptions(email="b@example.com")).email == "b@example.com"
    assert sdk.organizations.read_entitlements(name).state_storage is True
    sdk.organizations.delete(name)
    with pytest.raises(NotFound):
        sdk.organizations.read(name)
    with pytest.raises(TFEError):
        sdk.organizations.create(OrganizationCreateOptions(name="acme", email="a@example.com"))


def test_memberships(sdk, organization):
    team = _team(sdk, organization)
    emails = [f"invited-{next(_numbers)}@example.com" for _ in range(PAST_PAGE_ONE)]
    for email in emails:
        options = OrganizationMembershipCreateOptions(email=email, teams=[team])
        made = sdk.organization_memberships.create(organization, options)
        assert made.status == "invited"
    listed = list(sdk.organization_memberships.list(organization))
    assert len(listed) == PAST_PAGE_ONE + 1, "and the owner"
    found = OrganizationMembershipListOptions(emails=[emails[3]])
    (one,) = sdk.organization_memberships.list(organization, found)
    assert sdk.organization_memberships.read(one.id).email == emails[3]
    assert len(list(sdk.teams.list_organization_memberships(team.id))) == PAST_PAGE_ONE
    sdk.organization_memberships.delete(one.id)
    with pytest.raises(NotFound):
        sdk.organization_memberships.read(one.id)
    with pytest.raises(TFEError):
        options = OrganizationMembershipCreateOptions(email=emails[4])
        sdk.organization_memberships.create(organization, options)


def test_teams(sdk, organization):
    access = OrganizationAccessOptions(**{"manage-workspaces": True})
    team = _team(sdk, organization, organization_access=access, visibility="organization")
    assert team.organization_access.manage_workspaces and not team.organization_access.manage_teams
    for _ in range(PAST_PAGE_ONE):
        _team(sdk, organization)
    assert len(list(sdk.teams.list(organization))) == PAST_PAGE_ONE + 2, "and the owners"
    assert [found.id for found in sdk.teams.list(organization, TeamListOptions(names=[team.name]))] == [team.id]
    changed = sdk.teams.update(team.id, TeamUpdateOptions(name="renamed", visibility="secret"))
    assert (changed.name, changed.visibility) == ("renamed", "secret")
    me = sdk.users.read_current()
    sdk.teams.add_users(team.id, [me.username])
    with_users = sdk.teams.read(team.id, TeamReadOptions(include=[TeamIncludeOpt.TEAM_USERS]))
    assert [user.id for user in with_users.users] == [me.id]
    sdk.teams.remove_users(team.id, [me.username])
    assert list(sdk.teams.list_users(team.id)) == []
    sdk.teams.delete(team.id)
    with pytest.raises(NotFound):
        sdk.teams.read(team.id)


def test_the_last_owner_stays(sdk, organization):
    (owners,) = sdk.teams.list(organization, TeamListOptions(names=["owners"]))
    with pytest.raises(TFEError):
        sdk.teams.remove_users(owners.id, [sdk.users.read_current().username])
    with pytest.raises(TFEError):
        sdk.teams.delete(owners.id)


def test_access_to_workspaces(sdk, organization):
    workspace = sdk.workspaces.create(organization, WorkspaceCreateOptions(name=f"w{next(_numbers)}"))
    team = _team(sdk, organization)
    options = TeamWorkspaceAccessAddOptions(team_id=team.id, workspace_id=workspace.id, access="read")
    made = sdk.team_workspace_accesses.add(options)
    assert (made.access, made.state_versions, made.workspace_locking) == ("read", "read", False)
    custom = TeamWorkspaceAccessUpdateOptions(
        access="custom", runs="plan", variables="none", state_versions="read-outputs", workspace_locking=True
    )
    changed = sdk.team_workspace_accesses.update(made.id, custom)
    assert (changed.access, changed.runs, changed.state_versions) == ("custom", "plan", "read-outputs")
    for _ in range(PAST_PAGE_ONE):
        other = _team(sdk, organization)
        sdk.team_workspace_accesses.add(options.model_copy(update={"team_id": other.id}))
    assert len(list(sdk.team_workspace_accesses.list(workspace.id))) == PAST_PAGE_ONE + 1
    sdk.team_workspace_accesses.remove(made.id)
    with pytest.raises(NotFound):
        sdk.team_workspace_accesses.read(made.id)


def test_access_to_projects(sdk, organization):
    project = sdk.projects.create(organization, ProjectCreateOptions(name=f"p{next(_numbers)}"))
    team = _team(sdk, organization)
    wanted = TeamProjectAccessAddOptions(access="maintain", team=team, project=Project(id=project.id, name=project.name))
    made = sdk.team_project_accesses.add(wanted)
    assert made.access == "maintain" and sdk.team_project_accesses.read(made.id).access == "maintain"
    changed = sdk.team_project_accesses.update(made.id, TeamProjectAccessUpdateOptions(access="read"))
    assert changed.access == "read"
    listed = sdk.team_project_accesses.list(TeamProjectAccessListOptions(project_id=project.id))
    assert [access.id for access in listed] == [made.id]
    sdk.team_project_accesses.remove(made.id)
    with pytest.raises(NotFound):
        sdk.team_project_accesses.read(made.id)


def test_tokens_of_teams(sdk, sdk_with, organization):
    team = _team(sdk, organization)
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
    for number in range(PAST_PAGE_ONE):
        options = TeamTokenCreateOptions(description=f"{team.name} {number}", expired_at=end)
        made = sdk.team_tokens.create_with_options(team.id, options)
    assert made.token and made.expired_at
    legacy = sdk.team_tokens.create(team.id)
    assert sdk.team_tokens.read(team.id).id == legacy.id
    assert sdk.team_tokens.read_by_id(made.id).token is None
    found = list(sdk.team_tokens.list(organization, TeamTokenListOptions(query=team.name)))
    assert len(found) >= PAST_PAGE_ONE
    with sdk_with(made.token) as as_team:
        assert as_team.organizations.read(organization).name == organization
        sdk.team_tokens.delete_by_id(made.id)
        with pytest.raises(TFEError):
            as_team.organizations.read(organization)
    sdk.team_tokens.delete(team.id)
    with pytest.raises(NotFound):
        sdk.team_tokens.read(team.id)


def test_tokens_of_organizations(sdk, sdk_with, organization):
    first = sdk.organization_tokens.create(organization)
    second = sdk.organization_tokens.create(organization)
    with sdk_with(first.token) as replaced, pytest.raises(TFEError):
        replaced.organizations.read(organization)
    with sdk_with(second.token) as current:
        assert current.organizations.read(organization).name == organization
        made = current.workspaces.create(organization, WorkspaceCreateOptions(name=f"w{next(_numbers)}"))
        with pytest.raises(TFEError):
            current.state_versions.read_current(made.id)
    sdk.organization_tokens.delete(organization)
    with pytest.raises(NotFound):
        sdk.organization_tokens.read(organization)
