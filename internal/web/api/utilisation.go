package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// Utilisation is how far what was allocated to a programme was used in a region and
// year; where asked, of its kabupaten and kota too.
type Utilisation struct {
	Whole   Use   `json:"whole"`
	Regions []Use `json:"regions"`
}

// Use is the way of money and recipients from what was allocated to what was used.
// What no table says is null, never 0.
type Use struct {
	Programme  string       `json:"programme"`
	Region     string       `json:"region"`
	RegionName string       `json:"region_name"`
	Year       int          `json:"year"`
	Counts     string       `json:"counts" enum:",family,person"`
	Over       string       `json:"over" enum:",most,sum"`
	Money      Funnel       `json:"money"`
	Recipients Funnel       `json:"recipients"`
	Failed     Failed       `json:"failed"`
	Served     Share        `json:"served"`
	Spent      Share        `json:"spent"`
	Beside     []Beside     `json:"beside"`
	Stages     []StageUse   `json:"payments"`
	Delay      Delay        `json:"delay"`
	Differs    []Difference `json:"differs"`
	Reporting  int          `json:"reporting"`
	Expected   int          `json:"expected"`
}

// Funnel is the four stations of use.
type Funnel struct {
	Allocated Measure `json:"allocated"`
	Disbursed Measure `json:"disbursed"`
	Received  Measure `json:"received"`
	Used      Measure `json:"used"`
}

// Measure is one number of use: in which sense it is meant, on which batches it
// rests, and of how many parts.
type Measure struct {
	Value   *int64   `json:"amount"`
	Senses  []string `json:"senses" enum:"revised-budget,original-budget,quota,spent,ordered,received,failed,used"`
	Batches []string `json:"batches"`
	Have    int      `json:"have"`
	Want    int      `json:"want"`
	Partial bool     `json:"partial"`
}

// Share is one number as a share of another, from 0; null: one of them is missing.
type Share struct {
	Value   *float64 `json:"share"`
	Partial bool     `json:"partial"`
}

// Failed is what could not be paid out.
type Failed struct {
	Money      Measure `json:"money"`
	Recipients Measure `json:"recipients"`
	Reason     string  `json:"reason"`
}

// Beside is what other tables say of the same station; it is compared, not added.
type Beside struct {
	Station string  `json:"station" enum:"allocated,disbursed,received,used"`
	Money   Measure `json:"money"`
}

// StageUse is one payment of a year.
type StageUse struct {
	Stage      string `json:"stage"`
	Money      Funnel `json:"money"`
	Recipients Funnel `json:"recipients"`
	Paid       string `json:"paid"`
	Due        string `json:"due_on"`
	Basis      string `json:"due_basis" enum:",planned,end"`
	Late       *int   `json:"days_late"`
}

// Delay sums up how late payments were.
type Delay struct {
	Known  int      `json:"payments_known"`
	Late   int      `json:"payments_late"`
	Median *int     `json:"median_days"`
	Worst  *int     `json:"worst_days"`
	Bases  []string `json:"due_bases" enum:"planned,end"`
}

// Difference is where a region's own line and the lines below it do not say the
// same: the region's own counts.
type Difference struct {
	Region string `json:"region"`
	Stage  string `json:"of_stage"`
	Own    int64  `json:"own"`
	Parts  int64  `json:"parts"`
}

// Levels are the three levels of government side by side.
type Levels struct {
	Items []LevelUse `json:"items"`
}

// LevelUse is the programmes of one level together. Who receives from two programmes
// is counted twice.
type LevelUse struct {
	Level      string `json:"level" enum:"ministry,province,regency"`
	Programmes int    `json:"running"`
	Reporting  int    `json:"reporting"`
	Money      Funnel `json:"money"`
	Families   Funnel `json:"families"`
	Persons    Funnel `json:"persons"`
}

func measureOf(m registry.Measure) Measure {
	return Measure{m.Value, texts(m.Senses), texts(m.Batches), m.Have, m.Want, m.Partial()}
}

func funnelOf(f registry.Funnel) Funnel {
	return Funnel{measureOf(f.Allocated), measureOf(f.Disbursed), measureOf(f.Received), measureOf(f.Used)}
}

func useOf(u registry.Use) Use {
	out := Use{Programme: u.Programme, Region: u.Region, RegionName: registry.RegionName(u.Region), Year: u.Year, Counts: string(u.Counts), Over: string(u.Over), Money: funnelOf(u.Money), Recipients: funnelOf(u.Recipients),
		Failed: Failed{measureOf(u.Failed.Money), measureOf(u.Failed.Recipients), u.Failed.Reason}, Served: Share(u.Recipients.Received.Of(u.Recipients.Allocated)), Spent: Share(u.Money.Disbursed.Of(u.Money.Allocated)),
		Beside: []Beside{}, Stages: []StageUse{}, Delay: Delay{u.Delay.Known, u.Delay.Late, u.Delay.Median, u.Delay.Worst, texts(u.Delay.Bases)}, Differs: []Difference{}, Reporting: u.Reporting, Expected: u.Expected}
	for _, b := range u.Beside {
		out.Beside = append(out.Beside, Beside{string(b.Station), measureOf(b.Measure)})
	}
	for _, s := range u.Stages {
		out.Stages = append(out.Stages, StageUse{s.Stage, funnelOf(s.Money), funnelOf(s.Recipients), string(s.Paid), string(s.Due), string(s.Basis), s.Late})
	}
	for _, x := range u.Differs {
		out.Differs = append(out.Differs, Difference(x))
	}
	return out
}

// UseOf says of which region and year the use is wanted.
type UseOf struct {
	Region string `query:"region" maxLength:"20" required:"true"`
	Year   int    `query:"year" minimum:"1990" maximum:"2100" required:"true"`
}

// place is the region that is asked for. Errors: a problem where the table of regions
// has none such.
func (u UseOf) place() (string, error) {
	if _, ok := registry.FindRegion(u.Region); !ok || u.Region == registry.Nation {
		return "", problem.New("api-region", "found", u.Region, "field", "query.region")
	}
	return u.Region, nil
}

// utilisation declares what reads how far money and benefits came.
func (d *door) utilisation() {
	o := reading("programmes", programmeKind, true, false, access.FigureRead).under("/utilisation", "read-utilisation")
	huma.Register(d.huma, d.declare(o), func(ctx context.Context, in *struct {
		ID string `path:"id" maxLength:"200"`
		UseOf
		ByRegion bool `query:"by_region"`
	}) (*answer[Utilisation], error) {
		out := &answer[Utilisation]{Utilisation{Regions: []Use{}}}
		if err := d.record.View(ctx, func(r *store.Reader) error {
			region, err := in.place()
			if err != nil {
				return err
			}
			p, _, err := store.ProgrammeOf(r, in.ID)
			if err != nil {
				return err
			}
			ledger, err := store.Ledger(r, store.FigureFilter{Programmes: []string{p.ID}, Within: []string{region}, First: in.Year, Last: in.Year})
			if err != nil {
				return err
			}
			out.Body.Whole = useOf(ledger.Use(p, region, in.Year))
			if in.ByRegion {
				for _, code := range p.Regencies(region, in.Year) {
					out.Body.Regions = append(out.Body.Regions, useOf(ledger.Use(p, code, in.Year)))
				}
			}
			return nil
		}); err != nil {
			return nil, d.fail(ctx, err)
		}
		return out, nil
	})
	levels := reading("budgets", "", false, false, access.FigureRead).in("/levels", "list-levels")
	huma.Register(d.huma, d.declare(levels), func(ctx context.Context, in *UseOf) (*answer[Levels], error) {
		out := &answer[Levels]{Levels{[]LevelUse{}}}
		if err := d.record.View(ctx, func(r *store.Reader) error {
			region, err := in.place()
			if err != nil {
				return err
			}
			all, err := store.AllProgrammes(r)
			if err != nil {
				return err
			}
			ledger, err := store.Ledger(r, store.FigureFilter{Within: []string{region}, First: in.Year, Last: in.Year})
			if err != nil {
				return err
			}
			for _, l := range ledger.Levels(all, region, in.Year) {
				out.Body.Items = append(out.Body.Items, LevelUse{string(l.Level), l.Programmes, l.Reporting, funnelOf(l.Money), funnelOf(l.Families), funnelOf(l.Persons)})
			}
			return nil
		}); err != nil {
			return nil, d.fail(ctx, err)
		}
		return out, nil
	})
}
