package access

import (
	"maps"
	"slices"
)

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
	ProgrammeRead      Permission = "programme-read"      // programmes of the register
	ProgrammeManage    Permission = "programme-manage"    // propose, register, change, end
	FigureRead         Permission = "figure-read"         // budgets and disbursements of programmes
	DatasetRead        Permission = "dataset-read"        // what datasets hold, not their rows
	DatasetRegister    Permission = "dataset-register"    // register, new versions, withdraw; tables of budgets and disbursements too
	StatisticManage    Permission = "statistic-manage"    // record official figures; everybody reads them
	StudyRead          Permission = "study-read"          // studies of the register
	RowsUse            Permission = "rows-use"            // work with the data of a study, as far as agreement and permit go
	ReleaseCheck       Permission = "release-check"       // let what a run answered go, ask, or keep it
	FindingRelease     Permission = "finding-release"     // let everybody read a finding, take one back
	StudyRegister      Permission = "study-register"      // register, name the permit, stop, withdraw the data
	AgreementRead      Permission = "agreement-read"      // agreements with their text and scope
	AgreementPrepare   Permission = "agreement-prepare"   // draft, edit, attach, record numbers and signatures
	AgreementCheck     Permission = "agreement-check"     // hold a recorded signature against the text
	AgreementDecide    Permission = "agreement-decide"    // propose, terminate, record the destruction of data
	PermitRead         Permission = "permit-read"         // permits with their documents
	PermitRequest      Permission = "permit-request"      // ask, withdraw, report
	PermitAnswer       Permission = "permit-answer"       // recommend, return, decline, open, grant, extend, revoke, issue letters
	LookRead           Permission = "look-read"           // who looked at data that are not public
)

// Permissions lists all, in the order of the documentation.
var Permissions = []Permission{
	PublishedRead, OrganisationRead, PositionRead, UserRead, GrantRead, EventRead, ProgrammeRead, FigureRead, DatasetRead, StudyRead,
	AgreementRead, PermitRead, LookRead, RowsUse,
	OrganisationManage, PositionManage, SettingManage, UserManage, GrantRequest, GrantConfirm,
	ProgrammeManage, DatasetRegister, StatisticManage, StudyRegister, ReleaseCheck, FindingRelease, AgreementPrepare, AgreementCheck, AgreementDecide, PermitRequest, PermitAnswer,
	ViewAs, RecordVerify, RecordBackup,
}

// reads are the permissions that change nothing: all that viewing as somebody
// else lends.
var reads = []Permission{PublishedRead, OrganisationRead, PositionRead, UserRead, GrantRead, EventRead, ProgrammeRead, FigureRead, DatasetRead, StudyRead, AgreementRead, PermitRead, LookRead}

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
	Head: staff(map[Permission]Reach{
		UserRead: Inside, GrantRead: Inside,
		SettingManage: Inside, GrantRequest: Inside, GrantConfirm: Inside, ProgrammeManage: Inside, StudyRegister: Inside, FindingRelease: Inside,
		AgreementPrepare: Inside, AgreementCheck: Inside, AgreementDecide: Inside, PermitRequest: Inside, PermitAnswer: Inside,
	}),
	Analyst:          staff(map[Permission]Reach{ProgrammeManage: Inside, StatisticManage: Inside, StudyRegister: Inside, RowsUse: Inside, AgreementPrepare: Inside, PermitRequest: Inside}),
	Researcher:       staff(map[Permission]Reach{StudyRegister: Inside, RowsUse: Inside, AgreementPrepare: Inside, PermitRequest: Inside}),
	KabupatenOfficer: staff(map[Permission]Reach{UserRead: Inside, ProgrammeManage: Inside, DatasetRegister: Inside, AgreementPrepare: Inside, PermitAnswer: Inside}),
	DataSteward:      staff(map[Permission]Reach{UserRead: Inside, DatasetRegister: Inside, StatisticManage: Inside, AgreementCheck: Inside}),
	OutputChecker:    staff(map[Permission]Reach{ReleaseCheck: Inside}),
	Administrator: staff(map[Permission]Reach{
		UserRead: Inside, GrantRead: Inside, EventRead: Inside,
		OrganisationManage: Inside, PositionManage: Inside, SettingManage: Inside, UserManage: Inside, ProgrammeManage: Inside,
		GrantRequest: Inside, GrantConfirm: Inside, ViewAs: Inside, RecordVerify: Inside, RecordBackup: Inside,
	}),
	Auditor: staff(map[Permission]Reach{UserRead: Inside, GrantRead: Inside, EventRead: Inside, LookRead: Inside, RecordVerify: Inside}),
	Public:  {PublishedRead: Anywhere},
}

// staff adds what everybody reads who works with the record, for a partner is not
// known by hearsay: who the offices are, what they run, hold, study and have
// agreed on, and the permits that pass through their own hands.
func staff(more map[Permission]Reach) map[Permission]Reach {
	all := map[Permission]Reach{OrganisationRead: Anywhere, PositionRead: Anywhere, ProgrammeRead: Anywhere, FigureRead: Anywhere, DatasetRead: Anywhere, StudyRead: Anywhere, AgreementRead: Anywhere, PermitRead: Inside}
	maps.Copy(all, more)
	return all
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
