package store

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

func whole(n int64) *int64 { return &n }

// programmesOf registers a programme of the ministry and one of the province that
// extends it.
func (w *town) programmesOf() (pkh, plus string) {
	w.t.Helper()
	pkh, _, err := w.RegisterProgramme(w.ctx, consoleOf("mesin"), registry.Programme{Owner: w.ids["B2P3KS"], Names: registry.Words{ID: "PKH", EN: "PKH"}, Period: registry.Period{From: "2007-01-01"},
		Stages: []registry.Stage{{Name: "1", Due: "03-31"}, {Name: "2", Due: "06-30"}, {Name: "3", Due: "09-30"}, {Name: "4", Due: "12-31"}}})
	w.ok(err)
	plus, _, err = w.RegisterProgramme(w.ctx, consoleOf("mesin"), registry.Programme{Owner: w.ids["Dinsos Jatim"], Names: registry.Words{ID: "PKH Plus", EN: "PKH Plus"}, Period: registry.Period{From: "2019-01-01"},
		Variant: &registry.Variant{Of: pkh, Sort: registry.Extends}, Counts: registry.Persons})
	w.ok(err)
	return pkh, plus
}

// TestProgrammes: who may do what with a programme, and that another office's is
// extended and never changed.
func TestProgrammes(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := settled(t, c)
		w.grant("budi", access.Analyst, "35", "Dinsos Jatim")
		pkh, plus := w.programmesOf()
		refused := func(err error, code string) {
			t.Helper()
			if found := problem.Of(err); len(found) != 1 || found[0].Code != code {
				t.Errorf("expected %s, found %v", code, err)
			}
		}
		denied := func(err error) {
			t.Helper()
			var d *access.Denial
			if !errors.As(err, &d) || d.Permission != access.ProgrammeManage {
				t.Errorf("expected the want of a right, found %v", err)
			}
		}
		_, err := w.EditProgramme(w.ctx, w.by("budi", ""), pkh, registry.Programme{Names: registry.Words{ID: "PKH Jatim", EN: "PKH Jatim"}, Period: registry.Period{From: "2007-01-01"}})
		denied(err)
		own := registry.Programme{Owner: w.ids["Dinsos Jatim"], Names: registry.Words{ID: "Usulan", EN: "Proposal"}, Period: registry.Period{From: "2027-01-01"}, Variant: &registry.Variant{Of: pkh, Sort: registry.Changes}, Where: []string{"3507"}}
		_, _, err = w.ProposeProgramme(w.ctx, w.by("budi", ""), own)
		refused(err, "variant-owner")
		own.Variant.Sort = registry.Extends
		id, made, err := w.ProposeProgramme(w.ctx, w.by("budi", ""), own)
		w.ok(err)
		if made.Type != "programme-proposed" || made.Version != 1 {
			t.Errorf("%+v", made)
		}
		_, err = w.StartProgramme(w.ctx, w.by("tono", ""), id, "2027-02-01")
		denied(err)
		next := own
		next.Names = registry.Words{ID: "Lansia Berdaya", EN: "Able elders"}
		_, err = w.EditProgramme(w.ctx, w.by("budi", ""), id, next)
		w.ok(err)
		_, err = w.StartProgramme(w.ctx, w.by("budi", ""), id, "2027-02-01")
		w.ok(err)
		_, err = w.DropProgramme(w.ctx, w.by("budi", "tidak jadi"), id)
		refused(err, "state-programme-running")
		_, err = w.EndProgramme(w.ctx, w.by("budi", ""), id, "2027-12-31")
		w.ok(err)
		other, _, err := w.ProposeProgramme(w.ctx, w.by("budi", ""), own)
		w.ok(err)
		_, err = w.DropProgramme(w.ctx, w.by("budi", "tidak jadi"), other)
		w.ok(err)
		_, err = w.RegisterKnownProgrammes(w.ctx, w.by("budi", ""), w.ids["B2P3KS"], w.ids["Dinsos Jatim"]) // of the province, and PKH is not theirs
		denied(err)
		w.ok(w.View(w.ctx, func(r *Reader) error {
			all, err := AllProgrammes(r)
			var states []string
			for _, p := range all {
				states = append(states, p.Names.ID+" "+p.State())
			}
			if want := []string{"PKH running", "PKH Plus running", "Lansia Berdaya ended", "Usulan ended"}; !slices.Equal(states, want) || all[1].ID != plus {
				t.Errorf("%q", states)
			}
			return err
		}))
		if _, err := w.Verify(w.ctx); err != nil {
			t.Error(err)
		}
	})
}

// TestKnownProgrammes: the starting content is entered once, by whoever may.
func TestKnownProgrammes(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := settled(t, c)
		first, err := w.RegisterKnownProgrammes(w.ctx, consoleOf("mesin"), w.ids["B2P3KS"], w.ids["Dinsos Jatim"])
		w.ok(err)
		again, err := w.RegisterKnownProgrammes(w.ctx, consoleOf("mesin"), w.ids["B2P3KS"], w.ids["Dinsos Jatim"])
		w.ok(err)
		if !reflect.DeepEqual(first, again) || len(first) != len(registry.KnownProgrammes()) {
			t.Errorf("%v %v", first, again)
		}
		w.ok(w.View(w.ctx, func(r *Reader) error {
			p, ok, err := ProgrammeOf(r, first["pkhplus"])
			if !ok || p.Variant == nil || p.Variant.Of != first["pkh"] || p.Level != registry.ProvinceLevel || len(p.Benefits) != 1 {
				t.Errorf("%+v", p)
			}
			return err
		}))
	})
}

// TestFigures: who brings a table in, who accepts it, what a later table corrects,
// what comes back when that is withdrawn; replayed on both databases.
func TestFigures(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := settled(t, c)
		w.grant("budi", access.DataSteward, "35", "Dinsos Jatim")
		pkh, plus := w.programmesOf()
		refused := func(err error, code string) {
			t.Helper()
			if found := problem.Of(err); len(found) == 0 || found[0].Code != code {
				t.Errorf("expected %s, found %v", code, err)
			}
		}
		files := 0
		stage := func(who, owner string, lines ...registry.DisbursementLine) (string, error) {
			files++
			id, _, err := w.StageFigures(w.ctx, w.by(who, ""), registry.FigureBatch{Owner: w.ids[owner], Kind: registry.Disbursements, File: fmt.Sprintf("rekap-%d.xlsx", files)}, registry.Lines{Disbursement: lines})
			return id, err
		}
		line := func(region, stage string, quota, received int64) registry.DisbursementLine {
			return registry.DisbursementLine{Programme: pkh, Region: region, Year: 2024, Stage: stage, People: registry.Amounts{Quota: whole(quota), Received: whole(received)}, Paid: "2024-04-10"}
		}
		must := func(id string, err error) string {
			t.Helper()
			w.ok(err)
			return id
		}
		use := func(region string) registry.Use {
			t.Helper()
			var u registry.Use
			w.ok(w.View(w.ctx, func(r *Reader) error {
				p, _, err := ProgrammeOf(r, pkh)
				if err != nil {
					return err
				}
				l, err := Ledger(r, FigureFilter{Within: []string{"35"}})
				if err == nil {
					u = l.Use(p, region, 2024)
				}
				return err
			}))
			return u
		}
		received := func(region string) int64 {
			t.Helper()
			if v := use(region).Recipients.Received.Value; v != nil {
				return *v
			}
			return -1
		}

		var d *access.Denial
		if _, err := stage("sri", "Dinsos Malang", line("3507", "1", 100, 90)); !errors.As(err, &d) || d.Permission != access.DatasetRegister {
			t.Error(err)
		}
		_, err := stage("tono", "Dinsos Malang", line("3578", "1", 100, 90))
		refused(err, "figures-outside")
		first := must(stage("tono", "Dinsos Malang", line("3507", "1", 100, 90), line("3507", "2", 100, 95)))
		_, err = stage("tono", "Dinsos Malang", line("3507", "1", 100, 90), line("3507", "2", 100, 95))
		refused(err, "figures-twice")
		if received("3507") != -1 {
			t.Error("a table that waits counts")
		}
		// Nobody else at the office may, so the steward of the province is the second person.
		_, err = w.AcceptFigures(w.ctx, w.by("tono", ""), first)
		refused(err, "figures-own")
		_, err = w.AcceptFigures(w.ctx, w.by("agus", ""), first)
		if !errors.As(err, &d) {
			t.Error(err)
		}
		offer := func(who string) FigureOffer {
			t.Helper()
			var o FigureOffer
			w.ok(w.View(w.ctx, func(r *Reader) error {
				b, _, err := FigureBatchOf(r, first)
				if err != nil {
					return err
				}
				s, err := Who(r, w.ids[who], *w.now)
				if err != nil {
					return err
				}
				o, err = FigureOffers(r, s, b)
				return err
			}))
			return o
		}
		if a, b := offer("tono"), offer("budi"); a.Accept || !a.Withdraw || !b.Accept || !slices.Equal(a.Others, []string{"Budi"}) {
			t.Errorf("%+v %+v", a, b)
		}
		_, err = w.AcceptFigures(w.ctx, w.by("budi", ""), first)
		w.ok(err)
		_, err = w.AcceptFigures(w.ctx, w.by("budi", ""), first)
		refused(err, "state-figures-accepted")
		if got := use("3507"); *got.Recipients.Received.Value != 95 || got.Recipients.Received.Have != 2 || got.Recipients.Received.Want != 4 || *got.Delay.Worst != 10 {
			t.Errorf("%+v", got)
		}
		// A later table of the same cell corrects it, and is not added.
		w.person("rara", "Dinsos Malang")
		w.grant("rara", access.DataSteward, "3507", "Dinsos Malang")
		second := must(stage("tono", "Dinsos Malang", line("3507", "2", 100, 60)))
		_, err = w.AcceptFigures(w.ctx, w.by("budi", ""), second) // the office has a second person now
		refused(err, "figures-office-first")
		_, err = w.AcceptFigures(w.ctx, w.by("rara", ""), second)
		w.ok(err)
		if received("3507") != 90 {
			t.Error(received("3507"))
		}
		// Villages add up; the office's own line counts beside them, and the two are compared.
		villages := must(stage("tono", "Dinsos Malang", line("3507012001", "3", 30, 20), line("3507012002", "3", 30, 25), line("350702", "3", 40, 35), line("3507022001", "3", 1, 1)))
		_, err = w.AcceptFigures(w.ctx, w.by("rara", ""), villages)
		w.ok(err)
		if got := use("3507"); *got.Stages[2].Recipients.Received.Value != 80 || len(got.Differs) != 0 {
			t.Errorf("%+v", got)
		}
		all := must(stage("tono", "Dinsos Malang", line("3507", "3", 100, 85)))
		_, err = w.AcceptFigures(w.ctx, w.by("rara", ""), all)
		w.ok(err)
		if got := use("3507"); *got.Stages[2].Recipients.Received.Value != 85 || !reflect.DeepEqual(got.Differs, []registry.Difference{{Region: "3507", Stage: "3", Own: 85, Parts: 80}}) {
			t.Errorf("%+v", got)
		}
		if got := use("35"); *got.Recipients.Received.Value != 90 || got.Recipients.Received.Have != 1 || got.Recipients.Received.Want != 38 || !got.Recipients.Received.Partial() {
			t.Errorf("%+v", got)
		}
		// What a withdrawn table corrected counts again; both stay on record.
		_, err = w.WithdrawFigures(w.ctx, w.by("tono", "salah kolom"), second)
		refused(err, "figures-own")
		_, err = w.WithdrawFigures(w.ctx, w.by("rara", ""), second)
		refused(err, "blank-reason")
		for _, id := range []string{second, villages} {
			_, err = w.WithdrawFigures(w.ctx, w.by("rara", "salah kolom"), id)
			w.ok(err)
		}
		if got := use("3507"); *got.Recipients.Received.Value != 95 || len(got.Differs) != 0 {
			t.Errorf("%+v", got)
		}
		w.ok(w.View(w.ctx, func(r *Reader) error {
			old, err := DisbursementFigures(r, FigureFilter{Programmes: []string{pkh}, Within: []string{"3507"}, Digits: 4, Revisions: true})
			var got []string
			for _, f := range old {
				got = append(got, fmt.Sprintf("%s %d %v %v", f.Stage, *f.People.Received, f.Latest, f.Withdrawn))
			}
			if want := []string{"1 90 true false", "2 95 true false", "2 60 false true", "3 85 true false"}; !slices.Equal(got, want) {
				t.Errorf("%q", got)
			}
			if err != nil {
				return err
			}
			kept, err := DisbursementFigures(r, FigureFilter{Batch: villages, Revisions: true})
			if len(kept) != 4 || err != nil {
				t.Errorf("%v %v", kept, err)
			}
			b, ok, err := FigureBatchOf(r, second)
			if !ok || b.State != registry.VersionWithdrawn || b.Withdrawn.Reason != "salah kolom" || b.Accepted.User != w.ids["rara"] {
				t.Errorf("%+v", b)
			}
			lines, err2 := FigureLines(w.Contents(), b)
			if len(lines.Disbursement) != 1 || err2 != nil {
				t.Errorf("%+v %v", lines, err2)
			}
			if s, err := Who(r, w.ids["agus"], *w.now); err != nil {
				return err
			} else if seen, err := FigureBatches(r, s, BatchFilter{State: registry.Accepted}, Page{Most: 10}); len(seen) != 2 || err != nil {
				t.Errorf("%v %v", seen, err)
			}
			if seen, err := FigureBatches(r, access.Standing{}, BatchFilter{}, Page{}); len(seen) != 0 || err != nil {
				t.Errorf("%v %v", seen, err)
			}
			found, err3 := ReviewFigures(r, registry.Lines{Disbursement: []registry.DisbursementLine{line("3507", "1", 100, 90), line("3507", "3", 100, 20), line("3507", "4", 100, 70)}})
			if found.New != 1 || found.Repeated != 1 || found.Corrected != 1 || len(found.Cautions) != 1 || found.Cautions[0].Code != "figure-differs" || err3 != nil {
				t.Errorf("%+v %v", found, err3)
			}
			return errors.Join(err, err2)
		}))
		// A budget's newest position counts, in whatever order the tables came.
		budget := func(position registry.Day, spent int64) registry.BudgetLine {
			return registry.BudgetLine{Programme: plus, Region: "35", Year: 2024, Fund: registry.ProvinceFund, Position: position, Original: whole(1000), Spent: whole(spent)}
		}
		for i, b := range []registry.BudgetLine{budget("2024-12-31", 900), budget("2024-06-30", 400)} {
			id, _, err := w.StageFigures(w.ctx, w.by("budi", ""), registry.FigureBatch{Owner: w.ids["Dinsos Jatim"], Kind: registry.Budgets, File: fmt.Sprintf("anggaran-%d.csv", i)}, registry.Lines{Budget: []registry.BudgetLine{b}})
			w.ok(err)
			if i == 0 {
				w.person("lala", "Dinsos Jatim")
				w.grant("lala", access.DataSteward, "35", "Dinsos Jatim")
			}
			_, err = w.AcceptFigures(w.ctx, w.by("lala", ""), id)
			w.ok(err)
		}
		w.ok(w.View(w.ctx, func(r *Reader) error {
			all, err := BudgetFigures(r, FigureFilter{First: 2024, Last: 2024})
			if len(all) != 1 || all[0].Position != "2024-12-31" {
				t.Errorf("%+v", all)
			}
			return err
		}))
		if _, err := w.Verify(w.ctx); err != nil {
			t.Error(err)
		}
	})
}

// TestFiguresFold: whatever tables are accepted and withdrawn in whatever order, what
// counts is what a fold over the events says, and sums of villages are those of
// the lines that count.
func TestFiguresFold(t *testing.T) {
	onBoth(t, func(t *testing.T, c Config) {
		w := settled(t, c)
		w.person("rara", "Dinsos Malang")
		w.grant("rara", access.KabupatenOfficer, "3507", "Dinsos Malang")
		pkh, _ := w.programmesOf()
		draw := rand.New(rand.NewPCG(7, 21))
		type batch struct {
			id       string
			accepted int64 // revision
			lines    []registry.BudgetLine
		}
		var batches []batch
		regions := []string{"3507", "350701", "3507012001", "3507012002", "350702", "3507022001"}
		for step := range 40 {
			if step%3 == 2 && len(batches) > 0 {
				i := draw.IntN(len(batches))
				_, err := w.WithdrawFigures(w.ctx, w.by("rara", "salah"), batches[i].id)
				w.ok(err)
				batches = slices.Delete(batches, i, i+1)
				continue
			}
			var b batch
			seen := map[string]bool{}
			for range 1 + draw.IntN(6) {
				l := registry.BudgetLine{Programme: pkh, Region: regions[draw.IntN(len(regions))], Year: 2023 + draw.IntN(2), Fund: registry.Funds[draw.IntN(2)], Position: registry.Day(fmt.Sprintf("2024-%02d-01", 1+draw.IntN(4)))}
				for _, to := range []**int64{&l.Original, &l.Revised, &l.Spent} {
					if draw.IntN(3) > 0 {
						*to = whole(int64(draw.IntN(1000)))
					}
				}
				if key := fmt.Sprint(l.Cell(), l.Position); !seen[key] {
					seen[key] = true
					b.lines = append(b.lines, l)
				}
			}
			id, _, err := w.StageFigures(w.ctx, w.by("tono", ""), registry.FigureBatch{Owner: w.ids["Dinsos Malang"], Kind: registry.Budgets, File: fmt.Sprintf("t-%d.csv", step)}, registry.Lines{Budget: b.lines})
			if found := problem.Of(err); len(found) > 0 && found[0].Code == "figures-twice" {
				continue
			}
			w.ok(err)
			var e event.Event
			e, err = w.AcceptFigures(w.ctx, w.by("rara", ""), id)
			w.ok(err)
			b.id, b.accepted = id, e.Seq
			batches = append(batches, b)
		}
		best := map[registry.BudgetCell]registry.BudgetFigure{}
		for _, b := range batches {
			for _, l := range b.lines {
				old, ok := best[l.Cell()]
				if !ok || cmp.Or(cmp.Compare(l.Position, old.Position), cmp.Compare(b.accepted, old.Revision)) > 0 {
					best[l.Cell()] = registry.BudgetFigure{BudgetLine: l, Provenance: registry.Provenance{Batch: b.id, Revision: b.accepted, Latest: true}}
				}
			}
		}
		var want []registry.BudgetFigure
		for _, f := range best {
			want = append(want, f)
		}
		slices.SortFunc(want, registry.CompareBudget)
		w.ok(w.View(w.ctx, func(r *Reader) error {
			got, err := BudgetFigures(r, FigureFilter{})
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%+v\nwant %+v", got, want)
			}
			if err != nil {
				return err
			}
			sums, err := figuresFrom(r, budgetSums, FigureFilter{}, budgetRow.figure, registry.CompareBudget)
			if rolled := registry.RollUpBudget(want); !reflect.DeepEqual(sums, rolled) {
				t.Errorf("%+v\nwant %+v", sums, rolled)
			}
			return err
		}))
		if len(want) < 5 {
			t.Error("too little is left to tell anything")
		}
		if _, err := w.Verify(w.ctx); err != nil {
			t.Error(err)
		}
	})
}
