//! Teams: who sees them, who is in them, and that nobody gets more through them than they may give.

use kernel::{Actor, Context, Kind, PageRequest, Principal, Result, ServiceActor, TeamId, TokenId};

use super::{Site, kind_of, pointer_of};
use crate::{
    MembershipFilter, MembershipStatus, NewTeam, Person, TeamChange, TeamDetails, TeamFilter, User,
    Visibility,
};

/// `acme`, owned by ada; eve is a plain member.
struct Acme {
    site: Site,
    ada: User,
    eve: User,
}

impl Acme {
    async fn new() -> Self {
        let site = Site::new();
        let (ada, eve) = (site.person("ada").await, site.person("eve").await);
        site.organization("acme", &ada).await;
        let system = site.identity.system();
        site.identity.add_member(&system, "acme", eve.id, false).await.unwrap();
        Self { site, ada, eve }
    }

    fn owner(&self) -> Context {
        self.site.context(&self.ada)
    }

    fn member(&self) -> Context {
        self.site.context(&self.eve)
    }

    async fn team(&self, name: &str, words: &[&'static str], people: &[&str]) -> TeamId {
        let access = words.iter().map(|word| (*word, true)).collect();
        let change = TeamChange { organization_access: access, ..TeamChange::default() };
        let new = NewTeam { name: name.to_owned(), change };
        let (identity, owner) = (&self.site.identity, self.owner());
        let (_, details) = identity.create_team(&owner, "acme", new).await.unwrap();
        let id = details.team.id;
        identity.add_team_members(&owner, id, users(people)).await.unwrap();
        id
    }

    async fn owners(&self) -> TeamId {
        self.listed(&self.owner(), TeamFilter::default()).await[0].team.id
    }

    async fn listed(&self, context: &Context, filter: TeamFilter) -> Vec<TeamDetails> {
        let page = PageRequest::default();
        let listed = self.site.identity.list_teams(context, "acme", filter, page).await;
        listed.unwrap().1.items
    }

    async fn update(&self, context: &Context, id: TeamId, change: TeamChange) -> Result<()> {
        self.site.identity.update_team(context, id, change).await.map(drop)
    }
}

fn users(names: &[&str]) -> Vec<Person> {
    names.iter().map(|name| Person::User((*name).to_owned())).collect()
}

fn words(access: &[(&'static str, bool)]) -> TeamChange {
    TeamChange { organization_access: access.to_vec(), ..TeamChange::default() }
}

fn names(teams: &[TeamDetails]) -> Vec<&str> {
    teams.iter().map(|details| details.team.name.as_str()).collect()
}

#[tokio::test]
async fn a_secret_team_is_not_there_for_others() {
    let acme = Acme::new().await;
    let hidden = acme.team("hidden", &[], &["ada"]).await;
    let mine = acme.team("mine", &[], &["eve"]).await;
    let open = acme.team("open", &[], &[]).await;
    let change = TeamChange { visibility: Some(Visibility::Organization), ..TeamChange::default() };
    acme.update(&acme.owner(), open, change).await.unwrap();
    let seen = acme.listed(&acme.member(), TeamFilter::default()).await;
    assert_eq!(names(&seen), ["owners", "mine", "open"]);
    let (identity, member) = (&acme.site.identity, acme.member());
    assert_eq!(kind_of(identity.read_team(&member, hidden).await), Kind::NotFound);
    for id in [mine, open] {
        identity.read_team(&member, id).await.unwrap();
    }
    assert_eq!(kind_of(acme.update(&member, hidden, words(&[])).await), Kind::NotFound);
    assert_eq!(kind_of(acme.update(&member, mine, words(&[])).await), Kind::Forbidden);
    // Whoever may see secret teams does, but keeps none.
    acme.team("auditors", &["access-secret-teams"], &["eve"]).await;
    identity.read_team(&member, hidden).await.unwrap();
    assert_eq!(kind_of(acme.update(&member, hidden, words(&[])).await), Kind::Forbidden);
}

#[tokio::test]
async fn teams_are_searched_and_named() {
    let acme = Acme::new().await;
    for name in ["Alpha", "beta", "a_b", "axb"] {
        acme.team(name, &[], &[]).await;
    }
    let owner = acme.owner();
    let named = |list: &[&str]| TeamFilter {
        names: Some(list.iter().map(|name| (*name).to_owned()).collect()),
        ..TeamFilter::default()
    };
    let found = acme.listed(&owner, named(&["ALPHA", "a_b", "nobody", "a\0b"])).await;
    assert_eq!(names(&found), ["a_b", "Alpha"]);
    assert!(acme.listed(&owner, named(&["nobody"])).await.is_empty());
    let search = TeamFilter { search: Some("A_".to_owned()), ..TeamFilter::default() };
    assert_eq!(names(&acme.listed(&owner, search).await), ["a_b"]);
}

#[tokio::test]
async fn names_are_taken_whatever_the_case_and_checked() {
    let acme = Acme::new().await;
    acme.team("core", &[], &[]).await;
    for name in ["CORE", "Owners", "a b", "", "team-AAAAAAAAAAAAAAAA"] {
        let new = NewTeam { name: name.to_owned(), ..NewTeam::default() };
        let refused = acme.site.identity.create_team(&acme.owner(), "acme", new).await;
        assert_eq!(pointer_of(refused), "/data/attributes/name", "{name}");
    }
}

#[tokio::test]
async fn the_owners_team_stays_what_it_is() {
    let acme = Acme::new().await;
    let (owners, owner) = (acme.owners().await, acme.owner());
    let renamed = TeamChange { name: Some("kings".to_owned()), ..TeamChange::default() };
    assert_eq!(pointer_of(acme.update(&owner, owners, renamed).await), "/data/attributes/name");
    let less = acme.update(&owner, owners, words(&[("manage-teams", false)])).await;
    assert_eq!(pointer_of(less), "/data/attributes/organization-access/manage-teams");
    acme.update(&owner, owners, words(&[("manage-teams", true)])).await.unwrap();
    let deleted = acme.site.identity.delete_team(&owner, owners).await;
    assert_eq!(kind_of(deleted), Kind::Conflict);
    // Whoever keeps the teams does not keep this one.
    acme.team("keepers", &["manage-teams", "manage-organization-access"], &["eve"]).await;
    let (identity, keeper) = (&acme.site.identity, acme.member());
    assert_eq!(kind_of(acme.update(&keeper, owners, words(&[])).await), Kind::Forbidden);
    let joined = identity.add_team_members(&keeper, owners, users(&["eve"])).await;
    assert_eq!(kind_of(joined), Kind::Forbidden);
    let removed = identity.remove_team_members(&keeper, owners, users(&["ada"])).await;
    assert_eq!(kind_of(removed), Kind::Forbidden);
}

#[tokio::test]
async fn the_last_owner_stays_in_the_team() {
    let acme = Acme::new().await;
    let (owners, owner, identity) = (acme.owners().await, acme.owner(), &acme.site.identity);
    let alone = identity.remove_team_members(&owner, owners, users(&["ada"])).await;
    assert_eq!(kind_of(alone), Kind::Conflict);
    // An invitation owns nothing yet.
    identity.create_membership(&owner, "acme", "new@example.com", vec![owners]).await.unwrap();
    let alone = identity.remove_team_members(&owner, owners, users(&["ada"])).await;
    assert_eq!(kind_of(alone), Kind::Conflict);
    identity.add_team_members(&owner, owners, users(&["eve"])).await.unwrap();
    identity.remove_team_members(&owner, owners, users(&["ada"])).await.unwrap();
    let left = identity.add_team_members(&owner, owners, users(&["ada"])).await;
    assert_eq!(kind_of(left), Kind::Forbidden);
}

#[tokio::test]
async fn two_last_owners_who_leave_at_once_leave_one() {
    let acme = Acme::new().await;
    let (owners, identity) = (acme.owners().await, &acme.site.identity);
    identity.add_team_members(&acme.owner(), owners, users(&["eve"])).await.unwrap();
    let (ada, eve) = (acme.owner(), acme.member());
    let page = PageRequest::default();
    let filter = MembershipFilter { search: Some("eve".to_owned()), ..Default::default() };
    let (_, found) = identity.list_memberships(&ada, "acme", filter, page).await.unwrap();
    let membership = found.items[0].membership.id;
    let (one, other) = tokio::join!(
        identity.remove_team_members(&ada, owners, users(&["ada"])),
        identity.delete_membership(&eve, membership),
    );
    let outcomes = [one, other];
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    let system = identity.system();
    let (_, team) = identity.read_team(&system, owners).await.unwrap();
    assert_eq!(team.people(), 1);
}

#[tokio::test]
async fn nobody_hands_out_more_than_they_hold() {
    let acme = Acme::new().await;
    let strong = acme.team("strong", &["manage-projects"], &[]).await;
    let weak = acme.team("weak", &[], &[]).await;
    let keepers = acme.team("keepers", &["manage-teams"], &["eve"]).await;
    let (identity, keeper) = (&acme.site.identity, acme.member());
    identity.add_team_members(&keeper, weak, users(&["eve"])).await.unwrap();
    let joined = identity.add_team_members(&keeper, strong, users(&["eve"])).await;
    assert_eq!(kind_of(joined), Kind::Forbidden);
    let invited =
        identity.create_membership(&keeper, "acme", "new@example.com", vec![strong]).await;
    assert_eq!(kind_of(invited), Kind::Forbidden);
    // Nor by way of the sign-in server.
    let group = TeamChange { sso_team_id: Some("mine".to_owned()), ..TeamChange::default() };
    assert_eq!(kind_of(acme.update(&keeper, strong, group.clone()).await), Kind::Forbidden);
    acme.update(&keeper, weak, group).await.unwrap();
    // Saying what a team may do everywhere needs more than keeping the teams.
    let more = acme.update(&keeper, weak, words(&[("manage-teams", true)])).await;
    assert_eq!(kind_of(more), Kind::Forbidden);
    let access = words(&[("manage-organization-access", true)]);
    acme.update(&acme.owner(), keepers, access).await.unwrap();
    acme.update(&keeper, weak, words(&[("manage-teams", true)])).await.unwrap();
    let more = acme.update(&keeper, weak, words(&[("manage-workspaces", true)])).await;
    assert_eq!(kind_of(more), Kind::Forbidden);
    // Taking away is not handing out.
    acme.update(&keeper, strong, words(&[("manage-projects", false)])).await.unwrap();
    identity.delete_team(&keeper, strong).await.unwrap();
}

#[tokio::test]
async fn invitations_wait_with_their_teams() {
    let acme = Acme::new().await;
    let team = acme.team("core", &["read-projects"], &[]).await;
    let (identity, owner) = (&acme.site.identity, acme.owner());
    let (_, invited) =
        identity.create_membership(&owner, "acme", "new@example.com", vec![team]).await.unwrap();
    assert_eq!(invited.membership.status, MembershipStatus::Invited);
    assert_eq!(invited.teams[0].id, team);
    let unknown =
        identity.create_membership(&owner, "acme", "b@example.com", vec![TeamId::generate()]).await;
    assert_eq!(pointer_of(unknown), "/data/relationships/teams/data/0/id");
    let new = acme.site.person("new").await;
    let (_, claimed) = identity.read_membership(&owner, invited.membership.id).await.unwrap();
    assert_eq!(claimed.membership.status, MembershipStatus::Active);
    let scope = identity.read_organization(&acme.site.context(&new), "acme").await.unwrap();
    assert!(scope.standing().is_in(team));
    assert!(scope.allows(crate::Right::ReadProject));
}

#[tokio::test]
async fn only_members_of_the_organization_get_into_its_teams() {
    let acme = Acme::new().await;
    let team = acme.team("core", &[], &[]).await;
    let stranger = acme.site.person("stranger").await;
    let (identity, owner) = (&acme.site.identity, acme.owner());
    let id = stranger.id.to_string();
    for name in ["stranger", "nobody", "eve@example.com", id.as_str()] {
        let refused = identity.add_team_members(&owner, team, users(&["eve", name])).await;
        assert_eq!(pointer_of(refused), "/data/1/id", "{name}");
    }
    let (_, details) = identity.read_team(&owner, team).await.unwrap();
    assert_eq!(details.people(), 0);
    // By name whatever the case, by id, and twice is once.
    let eve = acme.eve.id.to_string();
    let people = users(&["EVE", &eve, "eve"]);
    identity.add_team_members(&owner, team, people.clone()).await.unwrap();
    let (_, details) = identity.read_team(&owner, team).await.unwrap();
    assert_eq!(details.people(), 1);
    identity.remove_team_members(&owner, team, users(&["nobody", "eve"])).await.unwrap();
    identity.remove_team_members(&owner, team, people).await.unwrap();
}

#[tokio::test]
async fn the_teams_of_a_member_are_set_as_far_as_one_sees_them() {
    let acme = Acme::new().await;
    let (one, two) = (acme.team("one", &[], &["eve"]).await, acme.team("two", &[], &[]).await);
    let (identity, owner) = (&acme.site.identity, acme.owner());
    let page = PageRequest::default();
    let filter = MembershipFilter { search: Some("eve".to_owned()), ..Default::default() };
    let (_, found) = identity.list_memberships(&owner, "acme", filter.clone(), page).await.unwrap();
    assert_eq!(found.items[0].teams.len(), 1);
    let id = found.items[0].membership.id;
    identity.set_member_teams(&owner, id, vec![two]).await.unwrap();
    let (_, member) = identity.read_membership(&owner, id).await.unwrap();
    assert_eq!(member.teams.iter().map(|team| team.id).collect::<Vec<_>>(), [two]);
    let refused = identity.set_member_teams(&acme.member(), id, vec![one]).await;
    assert_eq!(kind_of(refused), Kind::Forbidden);
    // Who keeps members only sees no secret team, so they all stay.
    let keeper = acme.site.person("keeper").await;
    identity.add_member(&identity.system(), "acme", keeper.id, false).await.unwrap();
    acme.team("keepers", &["manage-membership"], &["keeper"]).await;
    let keeper = acme.site.context(&keeper);
    identity.set_member_teams(&keeper, id, vec![]).await.unwrap();
    let (_, member) = identity.read_membership(&owner, id).await.unwrap();
    assert_eq!(member.teams.iter().map(|team| team.id).collect::<Vec<_>>(), [two]);
    let refused = identity.set_member_teams(&keeper, id, vec![one]).await;
    assert_eq!(kind_of(refused), Kind::NotFound);
}

#[tokio::test]
async fn a_team_token_sees_its_own_secret_team() {
    let acme = Acme::new().await;
    let (own, other) = (acme.team("own", &[], &[]).await, acme.team("other", &[], &[]).await);
    let service = ServiceActor {
        principal: Principal::Team(own),
        name: "own".to_owned(),
        token: TokenId::generate(),
        limits: kernel::TokenLimits::default(),
    };
    let token = Context { actor: Actor::Service(service), ..acme.owner() };
    acme.site.identity.read_team(&token, own).await.unwrap();
    assert_eq!(kind_of(acme.site.identity.read_team(&token, other).await), Kind::NotFound);
}
