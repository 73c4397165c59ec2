package access

import "slices"

// Permission is something that a person may be allowed to do with an object.
type Permission string

// The permissions. Each has its sentence of denial in the catalogue
// (problem.denied-NAME) and its words (permission.NAME).
const (
	PublishedRead      Permission = "published-read"      // what is published: official figures, released findings
	OrganisationRead   Permission = "organisation-read"   // organisations with their names and settings
	OrganisationManage Permission = "organisation-manage" // register, rename, end
	PositionRead       Permission = "position-read"       // positions and who holds them
	PositionManage     Permission = "position-manage"     // create, end, begin and end holdings
	SettingManage      Permission = "setting-manage"      // change the settings of an office
	UserRead           Permission = "user-read"           // users with e-mail address and state
	UserManage         Permission = "user-manage"         // add, invite, change, suspend
	GrantRead          Permission = "grant-read"          // grants with their reasons
	GrantRequest       Permission = "grant-request"       // ask for a grant, end one
	GrantConfirm       Permission = "grant-confirm"       // confirm or refuse what another asked for
	ViewAs             Permission = "view-as"             // see the pages as another user sees them
	EventRead          Permission = "event-read"          // the log
	RecordVerify       Permission = "record-verify"       // prove the record
	RecordBackup       Permission = "record-backup"       // copy the whole record
)

// Permissions lists all, in the order of the documentation.
var Permissions = []Permission{
	PublishedRead, OrganisationRead, PositionRead, UserRead, GrantRead, EventRead,
	OrganisationManage, PositionManage, SettingManage, UserManage, GrantRequest, GrantConfirm,
	ViewAs, RecordVerify, RecordBackup,
}

// reads are the permissions that change nothing: all that viewing as somebody
// else lends.
var reads = []Permission{PublishedRead, OrganisationRead, PositionRead, UserRead, GrantRead, EventRead}

// Changes tells whether a permission lets somebody change the record, or take it
// away.
func (p Permission) Changes() bool { return !slices.Contains(reads, p) }

// Reach says for which objects a role has a permission.
type Reach string

// The reaches.
const (
	Nowhere  Reach = ""
	Inside   Reach = "inside"   // in the grant's region and within it, of its organisation
	Anywhere Reach = "anywhere" // whatever the grant's region and organisation
)

// table is the one table of rights: what is not in it is denied.
var table = map[Role]map[Permission]Reach{
	Head: {
		OrganisationRead: Anywhere, PositionRead: Anywhere, UserRead: Inside, GrantRead: Inside,
		SettingManage: Inside, GrantRequest: Inside, GrantConfirm: Inside,
	},
	Analyst:          {OrganisationRead: Anywhere, PositionRead: Anywhere},
	Researcher:       {OrganisationRead: Anywhere, PositionRead: Anywhere},
	KabupatenOfficer: {OrganisationRead: Anywhere, PositionRead: Anywhere, UserRead: Inside},
	DataSteward:      {OrganisationRead: Anywhere, PositionRead: Anywhere, UserRead: Inside},
	OutputChecker:    {OrganisationRead: Anywhere, PositionRead: Anywhere},
	Administrator: {
		OrganisationRead: Anywhere, PositionRead: Anywhere, UserRead: Inside, GrantRead: Inside, EventRead: Inside,
		OrganisationManage: Inside, PositionManage: Inside, SettingManage: Inside, UserManage: Inside,
		GrantRequest: Inside, GrantConfirm: Inside, ViewAs: Inside, RecordVerify: Inside, RecordBackup: Inside,
	},
	Auditor: {
		OrganisationRead: Anywhere, PositionRead: Anywhere, UserRead: Inside, GrantRead: Inside, EventRead: Inside,
		RecordVerify: Inside,
	},
	Public: {PublishedRead: Anywhere},
}

// Reach gives how far a role has a permission.
func (r Role) Reach(p Permission) Reach { return table[r][p] }

// RolesWith lists the roles that have a permission, in the order of Roles.
func RolesWith(p Permission) []Role {
	var all []Role
	for _, r := range Roles {
		if r.Reach(p) != Nowhere {
			all = append(all, r)
		}
	}
	return all
}
