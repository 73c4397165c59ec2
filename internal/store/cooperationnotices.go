package store

import (
	"fmt"
	"slices"
	"time"

	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/notice"
	"github.com/dampak/dampak/internal/registry"
)

// turns tells the offices whose turn an event on a permit has brought.
func turns(e event.Event) ([]notice.Notice, error) {
	after, err := Read[cooperation.Permit](e.After)
	if err != nil {
		return nil, err
	}
	before, err := Read[cooperation.Permit](e.Before)
	if err != nil {
		return nil, err
	}
	was := before.Turns()
	var all []notice.Notice
	for _, s := range after.Turns() {
		if slices.ContainsFunc(was, func(x cooperation.Step) bool {
			return x.Region == s.Region && x.Rule == s.Rule && x.Organisation == s.Organisation
		}) {
			continue
		}
		all = append(all, notice.Notice{To: notice.Ref{Kind: notice.Organisation, ID: s.Organisation}, Kind: notice.PermitWaiting, About: notice.Ref(e.Object),
			Values: notice.Values{"place": registry.RegionName(s.Region), "days": s.Days}})
	}
	return all, nil
}

// returned tells the institution that asked.
func returned(e event.Event) ([]notice.Notice, error) {
	p, err := Read[cooperation.Permit](e.After)
	return []notice.Notice{{To: notice.Ref{Kind: notice.Organisation, ID: p.Institution}, Kind: notice.PermitReturned, About: notice.Ref(e.Object)}}, err
}

// AgreementsEnding are the notices to the parties of agreements whose last day comes
// near. Of several days that have passed unseen it is the last one alone, as with
// notice.Deadline.
func AgreementsEnding(from From, at time.Time) ([]notice.Due, error) {
	today := registry.DayOf(at)
	_, near, err := ending(from, today, today.Add(slices.Max(cooperation.EndNotices)+1))
	if err != nil {
		return nil, err
	}
	grounds := GroundsIn(from)
	var all []notice.Due
	for _, id := range near {
		b, err := grounds.bound(id)
		if err != nil {
			return nil, err
		}
		since, concluded := b.Agreement.Concluded()
		if !concluded || !b.InForce(at) {
			continue
		}
		found := b.EndNotices(since, at)
		if len(found) == 0 {
			continue
		}
		n := found[len(found)-1]
		if n.Last != b.PeriodAt(at).Until {
			continue // another last day has come since
		}
		for _, p := range b.Agreement.Parties {
			all = append(all, notice.Due{
				Key: fmt.Sprintf("%s/%s/%s/%s/%d", notice.AgreementEnding, id, p.Organisation, n.Last, -n.Days),
				Notice: notice.Notice{To: notice.Ref{Kind: notice.Organisation, ID: p.Organisation}, Kind: notice.AgreementEnding, About: notice.Ref{Kind: agreementKind, ID: id},
					Values: notice.Values{"day": string(n.Last), "left": daysTo(today, n.Last)}},
			})
		}
	}
	return all, nil
}

// ReportsDue are the reminders of reports of use: to who answers for the study, later
// to the institution and to the office that opened the permit as well. Of several
// days that have passed unseen it is the last one alone.
func ReportsDue(from From, at time.Time) ([]notice.Due, error) {
	const first = 7 // days before the due day, which itself comes after the last one
	today := registry.DayOf(at)
	surely, perhaps, err := ending(from, today, today.Add(first+1))
	if err != nil {
		return nil, err
	}
	args := []any{cooperation.PermitOpen, cooperation.PermitWithdrawn, today.Add(first), cooperation.PermitRevoked}
	ended := "stage IN ($2, $4) OR until_day <= $3"
	if near := slices.Concat(surely, perhaps); len(near) > 0 {
		var in string
		in, args = among(near, args...)
		ended += " OR agreement IN " + in
	}
	found, err := permitsWhere(from, "WHERE (live = 1 OR stage = $4) AND stage IN ($1, $2, $4) AND report <> 'file-report' AND ("+ended+") ORDER BY id", args...)
	if err != nil {
		return nil, err
	}
	grounds := GroundsIn(from)
	var all []notice.Due
	for _, p := range found {
		g, err := grounds.Of(p.Agreement)
		if err != nil {
			return nil, err
		}
		now := p.ReportAt(g, at)
		if now.State != cooperation.ReportDue && now.State != cooperation.ReportReturned {
			continue
		}
		reminders := p.ReportReminders(g, p.Drafted.At, at)
		if len(reminders) == 0 {
			continue
		}
		r := reminders[len(reminders)-1]
		values := notice.Values{"day": string(r.Due), "left": max(0, daysTo(today, r.Due)), "late": max(0, daysTo(r.Due, today))}
		for _, to := range r.To {
			ref := notice.Ref{Kind: notice.Organisation}
			switch to {
			case cooperation.ToResponsible:
				ref = notice.Ref{Kind: notice.Position, ID: p.Responsible.Position}
			case cooperation.ToInstitution:
				ref.ID = p.Institution
			case cooperation.ToProvince:
				ref.ID = p.Office(cooperation.Verifies, "")
			}
			all = append(all, notice.Due{
				Key:    fmt.Sprintf("%s/%s/%s/%s/%d", notice.ReportDue, p.ID, to, r.Due, r.Days),
				Notice: notice.Notice{To: ref, Kind: notice.ReportDue, About: notice.Ref{Kind: permitKind, ID: p.ID}, Values: values},
			})
		}
	}
	return all, nil
}

// daysTo counts the days from one to another.
func daysTo(from, to registry.Day) int { return int(to.Begins().Sub(from.Begins()).Hours() / 24) }
