package access

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/evidence"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/study"
)

// Need is what a command asks of whoever gives it.
type Need struct {
	Permission Permission // at the object's place; empty: none would do
	Self       bool       // the user that the object is may give it without, once active
	Token      bool       // who has the token of the user's invitation
	Program    bool       // the program itself gives it when it falls due, nobody else
}

// TokenLife is the life of a token, with which a program acts as a user. Who may
// make or end one is who may change the user.
var TokenLife = registry.Life{
	Object: "token", States: []string{Active, Expired, Ended},
	Steps: []registry.Step{{Command: "make", From: []string{registry.None}}, {Command: "end", From: []string{Active, Expired}}},
}

// Lives are the lives of the objects that commands act on.
var Lives = []registry.Life{registry.OrganisationLife, registry.PositionLife, UserLife, GrantLife, TokenLife, registry.CalendarLife, registry.ProgrammeLife, registry.FiguresLife, registry.DatasetLife, registry.StatisticLife, study.Life, study.RunLife, evidence.Life, cooperation.AgreementLife, cooperation.PermitLife}

// needs is the permission for each command of each life, by OBJECT/COMMAND.
var needs = map[string]Need{
	"organisation/register":          {Permission: OrganisationManage},
	"organisation/rename":            {Permission: OrganisationManage},
	"organisation/end":               {Permission: OrganisationManage},
	"organisation/change-setting":    {Permission: SettingManage},
	"organisation/change-letterhead": {Permission: SettingManage},
	"position/create":                {Permission: PositionManage},
	"position/end":                   {Permission: PositionManage},
	"position/begin-holding":         {Permission: PositionManage},
	"position/end-holding":           {Permission: PositionManage},
	"user/add":                       {Permission: UserManage},
	"user/invite":                    {Permission: UserManage},
	"user/accept":                    {Token: true},
	"user/change":                    {Permission: UserManage, Self: true},
	"user/set-password":              {Self: true},
	"user/set-second-factor":         {Self: true},
	"user/remove-second-factor":      {Permission: UserManage, Self: true},
	"user/suspend":                   {Permission: UserManage},
	"user/reinstate":                 {Permission: UserManage},
	"user/leave":                     {Permission: UserManage},
	"user/forget":                    {Permission: UserManage},
	"user/view-as":                   {Permission: ViewAs},
	"grant/request":                  {Permission: GrantRequest},
	"grant/confirm":                  {Permission: GrantConfirm},
	"grant/refuse":                   {Permission: GrantConfirm},
	"grant/end":                      {Permission: GrantRequest},
	"token/make":                     {Permission: UserManage, Self: true},
	"token/end":                      {Permission: UserManage, Self: true},
	"calendar/change":                {Permission: SettingManage},
	"programme/propose":              {Permission: ProgrammeManage},
	"programme/register":             {Permission: ProgrammeManage},
	"programme/edit":                 {Permission: ProgrammeManage},
	"programme/start":                {Permission: ProgrammeManage},
	"programme/drop":                 {Permission: ProgrammeManage},
	"programme/end":                  {Permission: ProgrammeManage},
	"figures/stage":                  {Permission: DatasetRegister},
	"figures/accept":                 {Permission: DatasetRegister},
	"figures/withdraw":               {Permission: DatasetRegister},
	"dataset/register":               {Permission: DatasetRegister},
	"dataset/new-version":            {Permission: DatasetRegister},
	"dataset/accept-version":         {Permission: DatasetRegister},
	"dataset/withdraw-version":       {Permission: DatasetRegister},
	"dataset/withdraw":               {Permission: DatasetRegister},
	"dataset/erase-person":           {Permission: DatasetRegister},
	"dataset/expire":                 {Program: true},
	"statistics/record":              {Permission: StatisticManage},
	"study/register":                 {Permission: StudyRegister},
	"study/draft":                    {Permission: StudyRegister},
	"study/edit":                     {Permission: StudyRegister},
	"study/lock":                     {Permission: StudyRegister},
	"study/amend":                    {Permission: StudyRegister},
	"study/withdraw":                 {Permission: StudyRegister},
	"study/name-permit":              {Permission: StudyRegister},
	"study/stop":                     {Permission: StudyRegister},
	"study/withdraw-data":            {Permission: StudyRegister},
	"run/queue":                      {Permission: RowsUse},
	"run/cancel":                     {Permission: RowsUse},
	"finding/propose":                {Permission: StudyRegister},
	"finding/edit":                   {Permission: StudyRegister},
	"finding/release":                {Permission: FindingRelease},
	"finding/withdraw":               {Permission: FindingRelease},
	"finding/supersede":              {Program: true},
	"run/request-release":            {Permission: RowsUse},
	"run/answer-question":            {Permission: RowsUse},
	"run/question-release":           {Permission: ReleaseCheck},
	"run/refuse-release":             {Permission: ReleaseCheck},
	"run/release":                    {Permission: ReleaseCheck},
	"run/record-answer":              {Program: true},
	"run/record-failure":             {Program: true},
	"run/record-shut":                {Program: true},
	"agreement/draft":                {Permission: AgreementPrepare},
	"agreement/edit":                 {Permission: AgreementPrepare},
	"agreement/attach":               {Permission: AgreementPrepare},
	"agreement/detach":               {Permission: AgreementPrepare},
	"agreement/issue-number":         {Permission: AgreementPrepare},
	"agreement/record-signature":     {Permission: AgreementPrepare},
	"agreement/check-signature":      {Permission: AgreementCheck},
	"agreement/refuse-signature":     {Permission: AgreementCheck},
	"agreement/propose":              {Permission: AgreementDecide},
	"agreement/terminate":            {Permission: AgreementDecide},
	"agreement/record-destruction":   {Permission: AgreementDecide},
	"agreement/record-expiry":        {Program: true},
	"permit/draft":                   {Permission: PermitRequest},
	"permit/edit":                    {Permission: PermitRequest},
	"permit/attach":                  {Permission: PermitRequest},
	"permit/submit":                  {Permission: PermitRequest},
	"permit/extend":                  {Permission: PermitAnswer},
	"permit/withdraw":                {Permission: PermitRequest},
	"permit/file-report":             {Permission: PermitRequest},
	"permit/recommend":               {Permission: PermitAnswer},
	"permit/return":                  {Permission: PermitAnswer},
	"permit/decline":                 {Permission: PermitAnswer},
	"permit/open":                    {Permission: PermitAnswer},
	"permit/grant-region":            {Permission: PermitAnswer},
	"permit/decline-region":          {Permission: PermitAnswer},
	"permit/revoke-region":           {Permission: PermitAnswer},
	"permit/issue-letter":            {Permission: PermitAnswer},
	"permit/revoke":                  {Permission: PermitAnswer},
	"permit/return-report":           {Permission: PermitAnswer},
	"permit/accept-report":           {Permission: PermitAnswer},
	"permit/record-deemed":           {Program: true},
	"permit/record-passed":           {Program: true},
	"permit/record-expiry":           {Program: true},
}

// Needs gives what a command on a kind of object asks for.
func Needs(object, command string) (Need, bool) {
	n, ok := needs[object+"/"+command]
	return n, ok
}

// MayCommand says why a standing may not give a command on an object at a place;
// whose is the id of the user that the object is, empty for others. A command
// that a token allows is the door's to let through.
func (s Standing) MayCommand(object, command string, at Place, whose string) error {
	n, ok := Needs(object, command)
	if !ok || n.Token || n.Program {
		return fmt.Errorf("no right is settled for %s/%s", object, command)
	}
	if n.Self && whose != "" && whose == s.User && s.Viewer == "" && s.Status == UserActive {
		return nil
	}
	if n.Permission == "" {
		return problem.New("user-another")
	}
	return s.May(n.Permission, at)
}

// Commands lists the commands that a standing may give an object in a state, at
// a place; whose is the id of the user that the object is, empty for others.
func (s Standing) Commands(l registry.Life, state string, at Place, whose string) []string {
	var all []string
	for _, step := range l.Steps {
		n, ok := Needs(l.Object, step.Command)
		if !ok || !slices.Contains(step.From, state) {
			continue
		}
		if n.Program {
			continue
		}
		if n.Token {
			if whose != "" && whose == s.User && s.Viewer == "" {
				all = append(all, step.Command)
			}
			continue
		}
		if s.MayCommand(l.Object, step.Command, at, whose) == nil {
			all = append(all, step.Command)
		}
	}
	return all
}

// relation is where an object lies as seen from a grant for a kabupaten or kota.
type relation struct{ name, region string }

// relations are the four cases of the documentation, for a grant in Kabupaten
// Malang; its districts have codes of seven digits.
var (
	relationHome = "3507"
	relations    = []relation{{"own", relationHome}, {"sub", relationHome + "010"}, {"parent", "35"}, {"other", "3573"}}
)

// Rights is docs/rights.md: the roles, the table of permissions and the table
// state x role -> commands, worked out by asking May and Commands.
func Rights() string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	say("# Rights\n\nPrinted from `internal/access` by `go test ./internal/access -update`; a test holds it against the code. What is not\nlisted is denied.\n")
	say("\n## Roles\n\nA grant = role + region with all within it + organisation (or all) + first and last day + reason. *Two people*: one asks,\nanother confirms, and nobody confirms what is for themself; the first administrator of a new record is the exception. A\nrole that needs one person is given at once by somebody who may confirm, unless it is for themself.\n\n")
	say("| role | peran | duty | who may hold it | two people |\n|---|---|---|---|---|\n")
	for _, r := range Roles {
		two := "no"
		if r.TwoPeople() {
			two = "**yes**"
		}
		if _, ok := holders[r]; !ok {
			two = "never granted"
		}
		key := "role." + string(r)
		say("| `%s` | %s | %s | %s | %s |\n", r, i18n.Text(i18n.ID, key+".name", nil), i18n.Text(i18n.EN, key+".duty", nil), i18n.Text(i18n.EN, key+".holder", nil), two)
	}
	say("\n## Permission x role\n\nOf a grant in a kabupaten: **own** = objects of that kabupaten, **sub** = below it, **parent** = of the province, **other** =\nof another one. A grant for one organisation reaches the objects of that organisation alone, unless the cell says all\nfour. Everybody also has what `public` has.\n\n")
	head := "| permission |"
	for _, r := range Roles {
		head += " " + string(r) + " |"
	}
	say("%s\n|---|%s\n", head, strings.Repeat("---|", len(Roles)))
	for _, p := range Permissions {
		say("| `%s`: %s |", p, i18n.Text(i18n.EN, "permission."+string(p), nil))
		for _, r := range Roles {
			say(" %s |", cellOf(r, p))
		}
		say("\n")
	}
	for _, l := range Lives {
		say("\n## %s: state x role -> allowed commands\n\n| state |", strings.ToUpper(l.Object[:1])+l.Object[1:])
		columns := slices.DeleteFunc(slices.Clone(Roles), func(r Role) bool { return !commandsOf(l, r) })
		for _, r := range columns {
			say(" %s |", r)
		}
		own := l.Object == "user" || l.Object == "token" // whose commands the user has without a grant
		if own {
			say(" the user |")
		}
		say("\n|---|%s\n", strings.Repeat("---|", len(columns)+map[bool]int{true: 1}[own]))
		for _, state := range append([]string{registry.None}, l.States...) {
			name := state
			if state == registry.None {
				name = "(none yet)"
			}
			say("| %s |", name)
			for _, r := range columns {
				say(" %s |", words(with(r, relationHome).Commands(l, state, Place{Region: relationHome}, "")))
			}
			if own {
				self := Standing{User: "x", Status: UserActive}
				if l.Object == "user" {
					self.Status = Status(state)
				}
				say(" %s |", words(self.Commands(l, state, Place{Region: relationHome}, "x")))
			}
			say("\n")
		}
	}
	say("\n## Standing in\n\nWhat those may sign who stand in for a holder is a setting of the office (command `change-setting`); without one:\n\n| capacity | may sign |\n|---|---|\n")
	for _, c := range []event.Capacity{event.Definitive, event.Plt, event.Plh, event.An} {
		var may []string
		for _, d := range registry.Documents {
			if registry.DefaultSigning().May(c, d) == nil {
				may = append(may, string(d))
			}
		}
		say("| %s | %s |\n", c, words(may))
	}
	return b.String()
}

// with is a standing with one role in a region.
func with(r Role, region string) Standing {
	s := Standing{User: "somebody", Status: UserActive}
	if _, ok := holders[r]; ok {
		s.Grants = []Grant{{Role: r, Region: region}}
	}
	return s
}

// cellOf asks for the four relations, of a role alone.
func cellOf(r Role, p Permission) string {
	var yes []string
	for _, rel := range relations {
		if with(r, relationHome).May(p, Place{Region: rel.region}) == nil {
			yes = append(yes, rel.name)
		}
	}
	if RolesWith(p)[0] == Public { // what everybody has stands in their column alone
		if r != Public {
			return "as public"
		}
	}
	return words(yes)
}

func commandsOf(l registry.Life, r Role) bool {
	return slices.ContainsFunc(append([]string{registry.None}, l.States...), func(state string) bool {
		return len(with(r, relationHome).Commands(l, state, Place{Region: relationHome}, "")) > 0
	})
}

func words(all []string) string {
	if len(all) == 0 {
		return "-"
	}
	return strings.Join(all, ", ")
}
