package runs

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/disclosure"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
	"github.com/dampak/dampak/plan"
)

// gated is what the first gate keeps of a run: what left, by filters and cells, and of
// which rows. It has nobody in it.
type gated struct {
	Held      []string              `json:"held"` // estimates kept back, as report.Key names them
	Public    bool                  `json:"public"`
	Decisions []disclosure.Decision `json:"decisions"`
	Seen      []seen                `json:"seen"`
}

// seen are the rows of a dataset that a run saw: a version, cut to regions.
type seen struct {
	Dataset  string          `json:"dataset"`
	Version  string          `json:"version"` // tells it from others, with its cut
	Content  string          `json:"content"`
	Contract string          `json:"contract"`
	Rows     []engine.Within `json:"rows"`
}

// contents are where rows and contracts are read from.
type contents struct {
	File     func(hash string) (string, error)
	contract func(hash string) (*contract.Contract, error)
}

// erased is the problem of a gate that cannot compare with rows that are gone.
const erased = "gate-erased"

// disclose asks the first gate about what a plan would show of a source, given what
// runs on the same dataset have shown. Errors: a problem.List that says what may not
// leave; nothing of the run is told then.
func disclose(ctx context.Context, e engine.Engine, opts engine.Options, s *designs.Study, o opened, history []gated, from contents) (gated, error) {
	out := gated{Held: []string{}, Decisions: []disclosure.Decision{}, Seen: []seen{}}
	if o.dataset.Class == registry.PublicData {
		out.Public = true
		return out, nil
	}
	now := seen{Dataset: o.data.Dataset, Content: o.data.Content, Contract: o.data.Contract, Rows: []engine.Within{}}
	if o.view != nil && o.view.Rows != nil {
		now.Rows = o.view.Rows
	}
	now.Version = now.label()
	out.Seen = append(out.Seen, now)

	all := []seen{now}
	var left []disclosure.Output
	for _, h := range history {
		for _, d := range h.Decisions {
			left = append(left, d.Output)
		}
		for _, x := range h.Seen {
			if x.Dataset == now.Dataset && !slices.ContainsFunc(all, func(y seen) bool { return y.Version == x.Version }) {
				all = append(all, x)
			}
		}
	}
	var versions []disclosure.Data
	var sources []engine.Source
	for i, x := range all {
		path, err := from.File(x.Content)
		var k *contract.Contract
		if err == nil {
			k, err = from.contract(x.Contract)
		}
		if err != nil {
			if i > 0 && problem.Of(err) != nil {
				return out, problem.List{problem.New(erased, "dataset", o.dataset.Name)}
			}
			return out, err
		}
		table := "v" + string(rune('0'+i%10)) + strings.Repeat("x", i/10)
		d := dataOf(k, x, table, s.Plan)
		versions = append(versions, d)
		source := engine.Source{Name: table, Path: path, Called: o.dataset.Name}
		if len(x.Rows) > 0 {
			source.View = &engine.View{Rows: x.Rows}
		}
		sources = append(sources, source)
	}
	outputs, why := disclosure.OfStudy(versions[0], s)
	if p := o.data.Periods; p != (study.Periods{}) {
		outputs, why = disclosure.OfBaseline(versions[0], s, p.Column)
	}
	if why != nil {
		return out, problem.List{why.Problem()}
	}
	session, err := e.Open(ctx, sources, opts)
	if err != nil {
		return out, err
	}
	defer session.Close()
	counter, ok := session.(engine.Counter)
	if !ok {
		return out, errors.New("runs: the engine cannot count who stands behind a number")
	}
	gate := disclosure.Gate{Versions: versions, Counter: counter}
	var refused problem.List
	for _, asked := range outputs {
		decision, err := gate.Check(ctx, left, asked)
		if err != nil {
			return out, err
		}
		for _, r := range decision.Refused {
			refused = append(refused, r.Problem())
		}
		left, out.Decisions = append(left, decision.Output), append(out.Decisions, decision)
	}
	if len(refused) > 0 {
		return out, refused
	}
	return out, nil
}

// label tells the rows from those of other versions and other cuts.
func (s seen) label() string {
	text := s.Content
	for _, w := range s.Rows {
		prefixes := slices.Clone(w.Prefixes)
		slices.Sort(prefixes)
		text += " " + w.Column + ":" + strings.Join(prefixes, ",")
		if w.From != "" {
			text += w.From + ".." + w.Until
		}
	}
	return text
}

// mostLevels is how many whole numbers a column may have that counts as one of groups.
const mostLevels = 30

// dataOf is a version as the rules of disclosure see it, by its contract: whose row it
// is, which columns make groups, and of which sums may leave. Outcomes of the plan are
// sums, whatever else they could be.
func dataOf(c *contract.Contract, s seen, table string, p plan.Plan) disclosure.Data {
	d := disclosure.Data{Dataset: s.Dataset, Version: s.Version, Table: table, MinCell: max(disclosure.MinCell(), p.Disclosure.MinCell)}
	outcome := func(name string) bool {
		return slices.ContainsFunc(p.Outcomes, func(o plan.Outcome) bool { return o.Column == name })
	}
	for i := range c.Fields {
		f := &c.Fields[i]
		hashed := f.Treatment == contract.Hash
		if hashed && (d.Unit == "" || slices.Contains(c.PrimaryKey, f.Name) && !slices.Contains(c.PrimaryKey, d.Unit)) {
			d.Unit = f.Name
		}
		if hashed || f.Treatment == contract.Drop || f.Identity != "" {
			continue
		}
		region := slices.ContainsFunc(c.RegionKeys, func(k contract.RegionKey) bool { return k.Field == f.Name })
		period := f.Role == contract.PeriodRole
		if period {
			d.Record = append(d.Record, f.Name)
		}
		switch {
		case !outcome(f.Name) && (region || period || f.Type == contract.String || f.Type == contract.Boolean || f.Type == contract.Year || f.Type == contract.YearMonth || f.Type == contract.Integer && grouped(f)):
			d.Columns = append(d.Columns, disclosure.Column{Name: f.Name, Public: region || period})
		case f.Type == contract.Integer || f.Type == contract.Number:
			d.Measures = append(d.Measures, f.Name)
		}
	}
	return d
}

// grouped tells whether a column of whole numbers is one of groups: its values are
// listed, or lie close together.
func grouped(f *contract.Field) bool {
	if len(f.Categories) > 0 || len(f.Constraints.Enum) > 0 {
		return true
	}
	low, high := f.Constraints.Minimum, f.Constraints.Maximum
	if low == nil || high == nil {
		return false
	}
	var a, b int64
	if json.Unmarshal([]byte(low.Text), &a) != nil || json.Unmarshal([]byte(high.Text), &b) != nil {
		return false
	}
	return b-a >= 0 && b-a < mostLevels
}

// history are what runs on a dataset have shown before, in the order in which they were
// asked for: to the study's own people too; and the ids of those runs.
func (j *job) history(ctx context.Context, dataset string) (all []gated, ids []string, err error) {
	var before []study.Run
	err = j.Store.View(ctx, func(r *store.Reader) error {
		before, err = store.AnsweredOn(r, dataset)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	for _, x := range before {
		var g gated
		text, err := j.Store.Contents().Read(x.Answer.Gate)
		if err == nil {
			err = json.Unmarshal(text, &g)
		}
		if err != nil {
			return nil, nil, err
		}
		all = append(all, g)
	}
	return all, idsOf(before), nil
}

// gate asks the first gate, and gives the ids of the runs that it compared with and what
// it says, as it is kept.
func (j *job) gate(ctx context.Context, s *designs.Study, all []opened, opts engine.Options) (shown []string, passed []byte, err error) {
	out := gated{Held: []string{}, Public: true, Decisions: []disclosure.Decision{}, Seen: []seen{}}
	if !j.run.Dummy {
		o := readBy(s, all)
		var history []gated
		if history, shown, err = j.history(ctx, o.data.Dataset); err != nil {
			return nil, nil, err
		}
		kept := j.Store.Contents()
		out, err = disclose(ctx, j.Engine, opts, s, o, history, contents{kept.File, func(hash string) (*contract.Contract, error) { return contract.Read(kept, hash) }})
		if err != nil {
			return nil, nil, err
		}
	}
	passed, err = json.Marshal(out)
	return shown, passed, err
}
