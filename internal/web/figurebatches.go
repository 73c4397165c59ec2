package web

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// figureBatches are the pages of tables of budgets and disbursements: what came in,
// and what a second person has accepted.
func figureBatches() noun {
	return noun{
		kind: "figures", path: nounPath["figures"], section: "programmes", read: access.FigureRead, life: registry.FiguresLife,
		load: func(c *call, r *store.Reader, id string, o *object) (bool, error) {
			b, ok, err := store.FigureBatchOf(r, id)
			if err != nil || !ok {
				return ok, err
			}
			offer, err := store.FigureOffers(r, c.who, b)
			if err != nil {
				return true, err
			}
			o.title, o.state, o.value, o.chip = b.File, string(b.State), batchOn{b, offer}, c.batchChip(b.State)
			o.heading, o.lead = c.t("batch.says", "kind", c.words("figures.kind."+string(b.Kind)), "years", c.years(b.First, b.Last), "rows", b.Rows), c.t("batch.lead."+string(b.State))
			return true, nil
		},
		list: listBatches, about: aboutBatch, before: "isi",
		offers: offersBatch,
		// The second person may be a steward of the province.
		settles: func(c *call, o object, command string) bool {
			return c.who.Viewer == "" && offersBatch(c, o, command)
		},
		commands: []command{
			{path: "terima", name: "accept", fields: secondOfBatch("accept"), do: func(c *call, _ *values, by store.By, o object) (then, error) {
				_, err := c.o.Store.AcceptFigures(c.ctx(), by, o.ID)
				return then{}, err
			}},
			{path: "tarik", name: "withdraw", danger: true, why: true, fields: secondOfBatch("withdraw"), do: func(c *call, _ *values, by store.By, o object) (then, error) {
				_, err := c.o.Store.WithdrawFigures(c.ctx(), by, o.ID)
				return then{}, err
			}},
		},
	}
}

func offersBatch(_ *call, o object, command string) bool {
	on := o.value.(batchOn)
	return command == "accept" && on.offer.Accept || command == "withdraw" && on.offer.Withdraw
}

// secondOfBatch opens the form of a command to none but those whom the command would
// not refuse, and says who those are.
func secondOfBatch(command string) func(*call, *store.Reader, object) ([]field, error) {
	return func(c *call, _ *store.Reader, o object) ([]field, error) {
		if offersBatch(c, o, command) {
			return nil, nil
		}
		on := o.value.(batchOn)
		code := "figures-own"
		if len(on.offer.Others) > 0 && on.Staged.User != c.who.User {
			code = "figures-office-first"
		}
		return nil, problem.New(code, "others", on.offer.Others)
	}
}

// batchOn is a batch with what the reader may do with it.
type batchOn struct {
	registry.FigureBatch
	offer store.FigureOffer
}

func (c *call) batchChip(s registry.VersionState) *chip {
	kind := map[registry.VersionState]string{registry.Accepted: "ok", registry.Staged: "wait", registry.VersionWithdrawn: "no"}[s]
	return &chip{kind, c.words("figures.state." + string(s))}
}

func listBatches(c *call, r *store.Reader) (table, error) {
	t := table{Head: c.heads("use-table", "use-kind", "use-owner", "batch-years", "batch-rows", "batch-state", "use-staged", "use-accepted")}
	all, err := store.FigureBatches(r, c.who, store.BatchFilter{}, store.Page{})
	if err != nil {
		return t, err
	}
	n := c.names(r)
	for _, b := range slices.Backward(all) {
		t.Rows = append(t.Rows, []cell{{Text: b.File, Link: c.link(nounPath["figures"] + "/" + b.ID)}, text(c.words("figures.kind." + string(b.Kind))), text(n.organisation(b.Owner)),
			text(c.years(b.First, b.Last)), c.count(b.Rows), {Chip: c.batchChip(b.State)}, text(c.hand(n, &b.Staged)), text(c.hand(n, b.Accepted))})
	}
	return t, n.err
}

func (c *call) years(first, last int) string {
	if first == last {
		return itoa(first)
	}
	return itoa(first) + "–" + itoa(last)
}

// mostLines is how many lines of a batch its page lists.
const mostLines = 500

func aboutBatch(c *call, r *store.Reader, o object) ([]block, error) {
	on := o.value.(batchOn)
	b := on.FigureBatch
	n := c.names(r)
	facts := []fact{
		{Name: c.t("col.use-owner"), Text: n.organisation(b.Owner)}, {Name: c.t("col.use-staged"), Text: c.hand(n, &b.Staged)}, {Name: c.t("col.use-accepted"), Text: c.hand(n, b.Accepted)},
		{Name: c.t("col.batch-rows"), Text: c.t("batch.rows", "rows", b.Rows, "rejected", b.Rejected)}, {Name: c.t("batch.file"), Text: "SHA-256 " + b.SHA256},
	}
	if w := b.Withdrawn; w != nil {
		facts = append(facts, fact{Name: c.words("figures.state.withdrawn"), Text: c.t("batch.withdrawn", "who", n.user(w.User), "day", c.day(registry.DayOf(w.At)), "reason", w.Reason)})
	}
	if b.State == registry.Staged && !on.offer.Accept {
		says := c.t("batch.nobody")
		if len(on.offer.Others) > 0 {
			says = strings.Join(on.offer.Others, ", ")
		}
		facts = append(facts, fact{Name: c.t("batch.others"), Text: says})
	}
	blocks := []block{{Facts: facts}}
	lines, err := store.FigureLines(c.o.Store.Contents(), b)
	if err != nil {
		return nil, err
	}
	if b.State == registry.Staged {
		review, err := store.ReviewFigures(r, lines)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, c.reviewBlock(review))
	}
	t, err := c.lineTable(r, lines)
	if err != nil {
		return nil, err
	}
	content := block{ID: "isi", Title: c.t("batch.lines"), Table: &t}
	if len(t.Rows) > mostLines {
		content.Note = c.t("batch.cut", "shown", mostLines, "n", len(t.Rows))
		t.Rows = t.Rows[:mostLines]
	}
	return append(blocks, content), n.err
}

// reviewBlock is what accepting a batch would do, and what somebody should look at
// before.
func (c *call) reviewBlock(r registry.FigureReview) block {
	b := block{ID: "periksa", Title: c.t("batch.review"), Facts: []fact{
		{Name: c.t("batch.new"), Text: c.t("batch.cells", "n", r.New)}, {Name: c.t("batch.corrected"), Text: c.t("batch.cells", "n", r.Corrected)}, {Name: c.t("batch.repeated"), Text: c.t("batch.cells", "n", r.Repeated)},
	}}
	for _, p := range slices.Concat(r.Refused, r.Cautions) {
		b.Lines = append(b.Lines, c.saysOf(p))
	}
	if r.Found > len(r.Cautions) {
		b.Note = c.t("batch.more", "n", r.Found-len(r.Cautions))
	}
	return b
}

// saysOf puts a problem of a line into words, its payment or fund as the table below
// has it.
func (c *call) saysOf(p *problem.Problem) string {
	worded := *p
	if of, _ := p.Values["of"].(string); of != "" {
		worded.Values = maps.Clone(p.Values)
		if worded.Values["of"] = c.stage(of); slices.Contains(registry.Funds, registry.Fund(of)) {
			worded.Values["of"] = c.words("fund." + of)
		}
	}
	return sentence(worded.Text(c.lang))
}

// lineTable is the lines of a batch.
func (c *call) lineTable(r *store.Reader, lines registry.Lines) (table, error) {
	all, err := store.AllProgrammes(r)
	if err != nil {
		return table{}, err
	}
	names := map[string]string{}
	for _, p := range all {
		names[p.ID] = c.programmeName(p)
	}
	amount := func(v *int64, per float64, decimals int) cell {
		if v == nil {
			return c.quantity(nil, 0, c.t("use.unreported"))
		}
		x := float64(*v) / per
		return c.quantity(&x, decimals, "")
	}
	region := func(code string) string { return cmp.Or(registry.RegionName(code), code) }
	if len(lines.Budget) > 0 {
		t := table{Head: c.heads("programme", "region", "batch-year", "batch-fund", "batch-original", "batch-revised", "use-spent", "batch-position")}
		for _, l := range lines.Budget {
			t.Rows = append(t.Rows, []cell{text(names[l.Programme]), text(region(l.Region)), text(itoa(l.Year)), text(c.words("fund." + string(l.Fund))), amount(l.Original, million, 1), amount(l.Revised, million, 1), amount(l.Spent, million, 1), text(c.day(l.Position))})
		}
		return t, nil
	}
	t := table{Head: c.heads("programme", "region", "batch-year", "use-stage", "use-quota", "use-decided", "use-received", "batch-failed", "use-used", "use-paid-money", "use-paid")}
	for _, l := range lines.Disbursement {
		failed := amount(l.People.Failed, 1, 0)
		failed.Note = l.Reason
		t.Rows = append(t.Rows, []cell{text(names[l.Programme]), text(region(l.Region)), text(itoa(l.Year)), text(c.stage(l.Stage)), amount(l.People.Quota, 1, 0), amount(l.People.Decided, 1, 0), amount(l.People.Received, 1, 0), failed, amount(l.People.Used, 1, 0),
			amount(l.Money.Received, million, 1), text(dash(c.day(l.Paid)))})
	}
	return t, nil
}

// figuresWaiting are the lines of Beranda for tables that wait for the reader.
func (c *call) figuresWaiting(r *store.Reader) ([]waiting, error) {
	all, err := store.FiguresToAccept(r, c.who)
	if err != nil {
		return nil, err
	}
	n := c.names(r)
	var out []waiting
	for _, b := range all {
		out = append(out, waiting{Text: c.t("waits.figures", "kind", c.words("figures.kind."+string(b.Kind)), "file", b.File, "owner", n.organisation(b.Owner)), Link: c.link(nounPath["figures"] + "/" + b.ID), When: c.day(registry.DayOf(b.Staged.At))})
	}
	return out, n.err
}
