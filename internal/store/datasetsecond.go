package store

import (
	"fmt"
	"slices"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/notice"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// A version of a dataset and a table of figures are accepted, and taken out of use,
// by another person than the one who brought them in: of the owner's office, or
// where nobody else there may, a steward (walidata) of the province's social office.

// brought is what an office brought in.
type brought struct {
	kind, region, owner string // of object, BPS code and id of the office
	staged              registry.Hand
}

func broughtVersion(d registry.Dataset, v registry.DatasetVersion) brought {
	return brought{datasetKind, d.Region, d.Owner, v.Staged}
}

// seconds are the users who may be the second person.
type seconds struct {
	users    []string // ids, sorted
	province string   // id of the province's office, whose stewards they are; empty: they are of the owner's
}

// secondsOf works out who may be the second person at an instant.
func secondsOf(from From, b brought, at time.Time) (seconds, error) {
	asked, err := handsThen(from, access.Mark(b.staged))
	if err != nil {
		return seconds{}, err
	}
	own, err := apartAt(from, access.Place{Region: b.region, Organisation: b.owner}, asked, at, access.RolesWith(access.DatasetRegister)...)
	if err != nil || len(own) > 0 {
		return seconds{users: own}, err
	}
	province, ok, err := provinceOffice(from, b.region, at)
	if err != nil || !ok || province.ID == b.owner {
		return seconds{}, err
	}
	stewards, err := apartAt(from, access.Place{Region: province.Region, Organisation: province.ID}, asked, at, access.DataSteward)
	return seconds{stewards, province.ID}, err
}

// provinceOffice is the social office of the province in which a region lies.
func provinceOffice(from From, region string, at time.Time) (registry.Organisation, bool, error) {
	if len(region) < 2 || region == registry.Nation {
		return registry.Organisation{}, false, nil
	}
	all, err := organisationsWhere(from, "WHERE kind = $1 AND office = $2 AND region = $3 ORDER BY id", registry.ProvinceOffice, registry.SocialOffice, region[:2])
	for _, o := range all {
		if o.Period.Has(registry.DayOf(at)) {
			return o, true, err
		}
	}
	return registry.Organisation{}, false, err
}

// apartAt are the users who have the right to datasets of a place by one of some roles,
// and could not have acted as those who asked.
func apartAt(from From, place access.Place, asked []access.Mark, at time.Time, roles ...access.Role) ([]string, error) {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	in, args := among(names, place.Organisation)
	given, err := grantsWhere(from, "WHERE (organisation = $1 OR organisation = '') AND role IN "+in+" ORDER BY person, id", args...)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, g := range given {
		if slices.Contains(all, g.User) || !g.InForce(at) {
			continue
		}
		who, err := Who(from, g.User, at)
		if err != nil {
			return nil, err
		}
		who.Grants = slices.DeleteFunc(slices.Clone(who.Grants), func(g access.Grant) bool { return !slices.Contains(roles, g.Role) })
		if who.May(access.DatasetRegister, place) != nil {
			continue
		}
		u, _, err := UserOf(from, g.User)
		if err != nil {
			return nil, err
		}
		if access.Apart(asked, access.Hands(access.Mark{User: u.ID, Via: event.Web}, u), "version-own") == nil {
			all = append(all, u.ID)
		}
	}
	return all, nil
}

// mayBeSecond says why the actor is not the second person, and who could be: own and
// first are the codes of the problems of whoever brought it in, and of a steward of
// the province where the office has somebody itself; both get values.
func (a acting) mayBeSecond(command string, b brought, own, first string, values ...any) error {
	could, err := secondsOf(a, b, a.Now())
	if err != nil {
		return err
	}
	names, err := namesOf(a, could.users)
	if err != nil {
		return err
	}
	values = append(values, "others", names)
	denied := a.may(b.kind, command, b.region, b.owner)
	switch {
	case denied == nil, could.province != "" && slices.Contains(could.users, a.by.Actor.User):
		asked, by, err := a.two(access.Mark(b.staged))
		if err != nil {
			return err
		}
		if apart := problem.Of(access.Apart(asked, by, own)); len(apart) > 0 {
			return problem.New(apart[0].Code, values...)
		}
		return nil
	case could.province == "" && len(names) > 0:
		steward, err := a.stewards(b.region)
		if err != nil {
			return err
		}
		if steward {
			return problem.New(first, values...)
		}
	}
	return denied
}

// stewards tells whether the actor is a steward of the province of a region.
func (a acting) stewards(region string) (bool, error) {
	p, ok, err := provinceOffice(a, region, a.Now())
	if err != nil || !ok {
		return false, err
	}
	return a.who.May(access.DatasetRegister, access.Place{Region: p.Region, Organisation: p.ID}) == nil, nil
}

// namesOf gives the names of users, in order.
func namesOf(from From, ids []string) ([]string, error) {
	of, err := NamesOf(from, ids)
	names := make([]string, 0, len(of))
	for _, name := range of {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, err
}

// VersionOffer is what somebody may do with a version of a dataset now.
type VersionOffer struct {
	Number   int64
	Accept   bool
	Withdraw bool
	// Others are the names of those who may be the second person; none: nobody may, and
	// an administrator has to give somebody the right.
	Others []string
}

// VersionOffers says for each version of a dataset that waits or is in use what
// somebody may do with it now. It offers what the commands would not refuse for
// lack of a right or of a second person.
func VersionOffers(from From, who access.Standing, d registry.Dataset) ([]VersionOffer, error) {
	var all []VersionOffer
	for _, v := range d.Versions {
		if v.State != registry.Staged && v.State != registry.Accepted && v.State != registry.Superseded {
			continue
		}
		could, err := secondsOf(from, broughtVersion(d, v), who.At)
		if err != nil {
			return nil, err
		}
		o := VersionOffer{Number: v.Number}
		second := d.Withdrawn == nil && who.Viewer == "" && slices.Contains(could.users, who.User)
		o.Accept = second && v.State == registry.Staged
		o.Withdraw = second
		if v.State == registry.Staged && d.Withdrawn == nil {
			o.Withdraw = o.Withdraw || who.MayCommand(datasetKind, "withdraw-version", access.Place{Region: d.Region, Organisation: d.Owner}, "") == nil
		}
		if o.Others, err = namesOf(from, could.users); err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

// WaitingVersion is a version that waits for a second person.
type WaitingVersion struct {
	Dataset registry.Dataset
	Version registry.DatasetVersion
}

// VersionsToAccept are the versions that wait and that somebody may accept, the
// oldest dataset first.
func VersionsToAccept(from From, who access.Standing) ([]WaitingVersion, error) {
	var mine []WaitingVersion
	if who.User == "" || who.Viewer != "" || !slices.ContainsFunc(who.Grants, func(g access.Grant) bool { return g.Role.Reach(access.DatasetRegister) != access.Nowhere }) {
		return nil, nil
	}
	err := eachWaiting(from, func(d registry.Dataset, v registry.DatasetVersion) error {
		could, err := secondsOf(from, broughtVersion(d, v), who.At)
		if slices.Contains(could.users, who.User) {
			mine = append(mine, WaitingVersion{d, v})
		}
		return err
	})
	return mine, err
}

// eachWaiting calls a function with every version that waits, of datasets that stand.
func eachWaiting(from From, do func(registry.Dataset, registry.DatasetVersion) error) error {
	all, err := entries[registry.Dataset](from, datasets, "ORDER BY id")
	if err != nil {
		return err
	}
	for _, d := range all {
		if d.Withdrawn != nil {
			continue
		}
		for _, v := range d.Versions {
			if v.State == registry.Staged {
				if err := do(d, v); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// VersionsWaiting are the notices about versions that wait: to the owner's office, or
// to the province's where nobody else at the owner's may accept. Where that changes
// meanwhile, whoever may then is told.
func VersionsWaiting(from From, at time.Time) ([]notice.Due, error) {
	var all []notice.Due
	err := eachWaiting(from, func(d registry.Dataset, v registry.DatasetVersion) error {
		could, err := secondsOf(from, broughtVersion(d, v), at)
		if err != nil {
			return err
		}
		to := d.Owner
		if could.province != "" {
			to = could.province
		}
		all = append(all, notice.Due{Key: fmt.Sprintf("%s/%s/%d/%s", notice.VersionWaiting, d.ID, v.Number, to), Notice: notice.Notice{To: notice.Ref{Kind: notice.Organisation, ID: to},
			Kind: notice.VersionWaiting, About: notice.Ref{Kind: datasetKind, ID: d.ID}, Values: notice.Values{"number": int(v.Number)}}})
		return nil
	})
	return all, err
}

// retentionSteps are the days before the last day of a retention on which the owner
// is told.
var retentionSteps = []int{-30, -7}

// RetentionsEnding are the notices to owners of data whose last day comes near.
func RetentionsEnding(from From, at time.Time) ([]notice.Due, error) {
	sets, err := entries[registry.Dataset](from, datasets, "ORDER BY id")
	if err != nil {
		return nil, err
	}
	var all []notice.Due
	for _, d := range sets {
		for _, v := range d.Versions {
			if !v.Kept() || v.Retention == "" {
				continue
			}
			ends := notice.Deadline{ID: fmt.Sprintf("%s/%d", d.ID, v.Number), Since: v.Staged.At, Day: v.Retention, Steps: retentionSteps, Notice: notice.Notice{
				To: notice.Ref{Kind: notice.Organisation, ID: d.Owner}, Kind: notice.RetentionEnding, About: notice.Ref{Kind: datasetKind, ID: d.ID},
				Values: notice.Values{"number": int(v.Number)}}}
			if due, ok := ends.Due(at); ok {
				all = append(all, due)
			}
		}
	}
	return all, nil
}
