package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// dataset is an entry of the register with all that its page says of it.
type dataset struct {
	registry.Dataset
	offers []store.VersionOffer
	shown  *registry.DatasetVersion // which the page is about: the accepted one, else the newest; nil: none
	unseen store.Unseen             // of which the reader is told nothing
}

// datasets are the pages of data: is this file fit, and who may see it? No page shows
// values of rows, for before a plan is registered nobody sees outcomes.
func datasets() noun {
	return noun{
		kind: "dataset", path: nounPath["dataset"], section: "data", read: access.DatasetRead, life: registry.DatasetLife,
		load: loadDataset, list: datasetList, front: datasetFront, about: aboutDataset, offers: offersDataset, before: "kontrak", history: datasetHistory,
		commands: datasetCommands(), settles: settlesDataset,
	}
}

func (p *Pages) dataRoutes() []route {
	at := nounPath["dataset"] + "/{id}"
	return []route{
		{"GET", at + "/kontrak/{versi}", signedIn, p.signedIn(p.dataContract)}, {"GET", at + "/mutu/{versi}", signedIn, p.signedIn(p.dataQuality)},
		{"GET", at + "/perubahan/{versi}", signedIn, p.signedIn(p.dataChange)},
	}
}

func loadDataset(c *call, r *store.Reader, id string, o *object) (bool, error) {
	d, ok, err := store.DatasetOf(r, id)
	if err != nil || !ok {
		return ok, err
	}
	x := dataset{Dataset: d}
	if x.offers, err = store.VersionOffers(r, c.who, d); err != nil {
		return true, err
	}
	if x.unseen, err = store.UnseenOf(r, c.who.User, id); err != nil {
		return true, err
	}
	if v, ok := d.Current(); ok {
		x.shown = &v
	} else if n := len(d.Versions); n > 0 {
		x.shown = &d.Versions[n-1]
	}
	o.title, o.state, o.value, o.chip = d.Name, d.State(), x, c.datasetChip(d)
	o.heading, o.lead = x.says(c), d.Name+". "+c.t("data.class."+string(d.Class)+".sentence")
	return true, nil
}

// datasetChip says how far an entry is: of use, waiting for a second person, empty or
// withdrawn.
func (c *call) datasetChip(d registry.Dataset) *chip {
	_, current := d.Current()
	switch {
	case d.State() == "withdrawn":
		return &chip{"no", c.t("data.state.withdrawn")}
	case waits(d) > 0:
		return &chip{"wait", c.t("data.state.waits")}
	case current:
		return &chip{"ok", c.t("data.state.accepted")}
	}
	return &chip{"empty", c.t("data.state.empty")}
}

// waits is how many versions wait for a second person.
func waits(d registry.Dataset) (n int) {
	for _, v := range d.Versions {
		if v.State == registry.Staged && v.Kept() {
			n++
		}
	}
	return n
}

// says is the first line of a dataset: how many rows, of what, and whether they may be
// used.
func (x dataset) says(c *call) string {
	v := x.shown
	switch {
	case x.Withdrawn != nil:
		return c.t("data.says.withdrawn", "day", c.day(registry.DayOf(x.Withdrawn.At)), "reason", x.Withdrawn.Reason)
	case v == nil:
		return c.t("data.says.none")
	case !v.Kept():
		return c.t("data.says.erased", "number", v.Number, "day", c.day(registry.DayOf(v.Erased.At)))
	}
	key := "data.says." + string(v.State)
	if v.State == registry.VersionWithdrawn {
		key = "data.says.withdrawn-version"
	}
	return c.t(key, "number", v.Number, "rows", v.Rows, "read", v.Rows+v.Rejected, "share", float64(v.Rows)/float64(max(v.Rows+v.Rejected, 1)), "regions", len(v.Regions), "period", c.span(v.First, v.Last))
}

// span writes the first and the last period of rows.
func (c *call) span(first, last string) string {
	if first == last {
		return c.periodOf(first)
	}
	return c.t("data.span", "first", c.periodOf(first), "last", c.periodOf(last))
}

// periodOf writes a year, or a year and a month.
func (c *call) periodOf(s string) string {
	if len(s) != len("2024-03") {
		return s
	}
	_, month, _ := strings.Cut(c.day(registry.Day(s+"-01")), " ")
	return month
}

// coverageOf writes what a version covers in one line.
func (c *call) coverageOf(d registry.Dataset, v *registry.DatasetVersion) string {
	regions := d.Regions
	where := c.regionNames(regions)
	if v == nil {
		return where
	}
	if n := len(v.Regions); n > 0 {
		where = c.regionNames(v.Regions)
		if n > 3 {
			where = c.t("data.regions", "n", n, "within", c.regionNames(regions))
		}
	}
	if v.First != "" {
		where += ", " + c.span(v.First, v.Last)
	}
	return where
}

func datasetList(c *call, r *store.Reader) (table, error) {
	all, err := store.Datasets(r, c.who, store.Page{})
	if err != nil {
		return table{}, err
	}
	slices.SortStableFunc(all, func(a, b registry.Dataset) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	n := c.names(r)
	n.knowOffices()
	t := table{Head: c.heads("data", "state", "class", "owner", "coverage", "rows", "version")}
	for _, d := range all {
		row := []cell{{Text: d.Name, Link: c.link(nounPath["dataset"] + "/" + d.ID)}, {Chip: c.datasetChip(d)}, {Text: c.t("data.class." + string(d.Class)), Note: c.t("data.class." + string(d.Class) + ".needs")},
			text(n.organisation(d.Owner)), {}, {}, {}}
		v, ok := d.Current()
		if ok {
			row[4], row[5], row[6] = text(c.coverageOf(d, &v)), c.count(v.Rows), c.count(v.Number)
		} else {
			row[4] = text(c.coverageOf(d, nil))
		}
		if w := waits(d); w > 0 {
			row[6].Note = c.t("data.waits", "n", w)
		}
		t.Rows = append(t.Rows, row)
	}
	return t, n.err
}

// datasetFront is the head of the catalogue: how many may be used, and what waits for
// the reader.
func datasetFront(c *call, r *store.Reader, s *sheet) error {
	all, err := store.Datasets(r, c.who, store.Page{})
	if err != nil {
		return err
	}
	fit, waiting := 0, 0
	for _, d := range all {
		if _, ok := d.Current(); ok && d.State() == "active" {
			fit++
		}
		waiting += waits(d)
	}
	s.Heading = c.t("data.heading", "n", len(all), "fit", fit, "waits", waiting)
	mine, err := c.waitsInData(r)
	if err != nil {
		return err
	}
	if len(mine) > 0 {
		s.Blocks = append(s.Blocks, block{ID: "menunggu", Title: c.t("waits", "n", len(mine)), Waiting: mine})
	}
	if c.o.Waiting != nil && c.has(access.DatasetRegister) {
		s.Blocks = append(s.Blocks, block{Actions: []action{{Text: c.t("upload"), Link: c.link(uploadPath)}}})
	}
	return nil
}

// waitsInData are the versions that wait for the reader as the second person, and the
// upload of this session.
func (c *call) waitsInData(r *store.Reader) ([]waiting, error) {
	var all []waiting
	if c.o.Waiting != nil && c.sess != nil && c.who.Viewer == "" {
		if up := c.o.uploads.of(c.sess.Hash); up != nil && up.state().stage != uploadKept {
			all = append(all, waiting{Text: c.t("waits.upload", "file", up.state().name), Link: c.link(uploadPath)})
		}
	}
	found, err := store.VersionsToAccept(r, c.who)
	for _, x := range found {
		all = append(all, waiting{Text: c.t("waits.version", "number", x.Version.Number, "name", x.Dataset.Name, "rows", x.Version.Rows), Link: c.link(nounPath["dataset"] + "/" + x.Dataset.ID), When: c.day(registry.DayOf(x.Version.Staged.At))})
	}
	return all, err
}

func aboutDataset(c *call, r *store.Reader, o object) ([]block, error) {
	x := o.value.(dataset)
	n := c.names(r)
	var users []string
	for _, v := range x.Versions {
		users = append(users, v.Staged.User)
		if v.Accepted != nil {
			users = append(users, v.Accepted.User)
		}
	}
	n.know(users)
	who, err := c.whoMaySee(r, x.Dataset, n)
	if err != nil {
		return nil, err
	}
	blocks := append(c.unseenBlock(x.unseen), who, c.duties(x))
	if x.shown == nil {
		blocks = append(blocks, block{ID: "kontrak", Title: c.t("data.contract"), Table: c.registered(x.Dataset), Note: c.t("data.contract.none")})
		return append(blocks, c.uploadMore(o)...), n.err
	}
	terms, err := c.contractBlock(x)
	if err != nil {
		return nil, err
	}
	blocks = append(blocks, terms, c.versionsBlock(n, x))
	blocks = append(blocks, c.uploadMore(o)...)
	grid, err := c.coverageBlock(x)
	if err != nil {
		return nil, err
	}
	quality, err := c.qualityBlocks(x)
	if err != nil {
		return nil, err
	}
	blocks = append(append(blocks, grid...), quality...)
	return blocks, n.err
}

// uploadMore leads to the upload of a version, for whoever may.
func (c *call) uploadMore(o object) []block {
	if c.o.Waiting == nil || o.state != "active" || c.who.MayAny(access.DatasetRegister, o.places) != nil {
		return nil
	}
	return []block{{Actions: []action{{Text: c.t("data.upload"), Link: c.link(uploadPath + "?data=" + o.ID), Plain: true}}}}
}

// whoMaySee says who may see the rows, and under which agreements that is so today.
func (c *call) whoMaySee(r *store.Reader, d registry.Dataset, n *names) (block, error) {
	b := block{ID: "siapa", Title: c.t("data.who"), Facts: []fact{
		{Name: c.t("col.class"), Text: c.t("data.class." + string(d.Class))},
		{Name: c.t("data.needs"), Text: c.t("data.class." + string(d.Class) + ".sentence")},
		{Name: c.t("col.owner"), Text: n.organisation(d.Owner), Link: c.link(nounPath["organisation"] + "/" + d.Owner)},
	}}
	if d.Class == registry.PublicData {
		return b, nil
	}
	family, err := agreementFamily(c, r)
	if err != nil {
		return b, err
	}
	t := table{Head: c.heads("agreement", "columns", "until"), Empty: c.t("data.who.none")}
	now := c.o.Now()
	for _, a := range family.all {
		bound := family.bound[a.ID]
		if a.Amends != "" || !bound.InForce(now) {
			continue
		}
		open, ok := bound.ScopeAt(now).Columns(d.ID)
		if !ok {
			continue
		}
		t.Rows = append(t.Rows, []cell{{Text: c.agreementTitle(a), Link: c.link(nounPath["agreement"] + "/" + a.ID)}, text(c.openColumns(d, open)), text(c.day(bound.PeriodAt(now).Until))})
	}
	b.Table = &t
	if d.Class == registry.PersonalData {
		b.Note = c.t("data.who.personal", "owner", n.organisation(d.Owner))
	}
	return b, nil
}

// openColumns writes which columns of a dataset a scope opens.
func (c *call) openColumns(d registry.Dataset, open cooperation.Columns) string {
	if slices.Contains(open.Columns, cooperation.All) {
		return c.t("data.columns.all")
	}
	var words []string
	for _, name := range open.Columns {
		if col, ok := d.Column(name); ok {
			words = append(words, c.inWords(col.Words))
		}
	}
	return strings.Join(words, ", ")
}

// inWords gives words of the register in the reader's language.
func (c *call) inWords(w registry.Words) string {
	if c.lang == i18n.EN {
		return w.EN
	}
	return w.ID
}

// duties are what the law asks of data that are not public: for what, on which basis,
// until when.
func (c *call) duties(x dataset) block {
	b := block{ID: "tujuan", Title: c.t("data.duties")}
	if x.shown == nil {
		b.Note = c.t("data.duties.none")
		return b
	}
	v := x.shown
	unsaid := c.t("data.unsaid")
	until := c.t("data.retention.open")
	if v.Retention != "" {
		until = c.t("data.retention", "day", c.day(v.Retention))
	}
	b.Facts = []fact{{Name: c.t("field.upload_purpose"), Text: cmp.Or(v.Purpose, unsaid)}, {Name: c.t("field.upload_basis"), Text: cmp.Or(v.LegalBasis, unsaid)}, {Name: c.t("field.upload_until"), Text: until}}
	for _, k := range v.Keys {
		b.Facts = append(b.Facts, fact{Name: c.t("data.key", "column", k.Column), Text: c.t("data.key.says", "number", k.Number, "id", k.ID)})
	}
	return b
}

// registered are the columns of an entry that has no rows yet.
func (c *call) registered(d registry.Dataset) *table {
	t := table{Head: c.heads("column", "column-title")}
	for _, col := range d.Columns {
		t.Rows = append(t.Rows, []cell{text(col.Name), text(c.inWords(col.Words))})
	}
	return &t
}

// contractBlock is what the version promises, column by column.
func (c *call) contractBlock(x dataset) (block, error) {
	k, err := c.contractOf(*x.shown)
	if err != nil {
		return block{}, err
	}
	k = k.Without(x.unseen.Hides)
	t := table{Head: c.heads("column", "column-title", "unit", "type", "sensitivity", "identity")}
	for i := range k.Fields {
		f := &k.Fields[i]
		what := cell{Text: c.t("data.kept")}
		switch {
		case f.Identity != "":
			what = cell{Text: c.words("identity.kind." + string(f.Identity)), Note: c.t("data.then." + string(f.Treatment))}
		case f.Treatment == contract.Drop:
			what.Text = c.t("data.then.drop")
		case f.NotIdentity:
			what.Note = c.t("data.not-identity", "reason", f.Reason)
		}
		title := text(c.title(f))
		title.Note = c.limitsOf(f)
		t.Rows = append(t.Rows, []cell{text(f.Name), title, text(f.Unit), text(c.t("data.type." + string(f.Type))), text(c.t("data.sensitivity." + string(f.Sensitivity))), what})
	}
	return block{ID: "kontrak", Title: c.t("data.contract"), Table: &t, Actions: []action{{Text: c.t("data.contract.file"), Link: c.link(fmt.Sprintf("%s/%s/kontrak/%d", nounPath["dataset"], x.ID, x.shown.Number)), Plain: true}}}, nil
}

func (c *call) versionChip(v registry.DatasetVersion) *chip {
	kind := map[registry.VersionState]string{registry.Accepted: "ok", registry.Staged: "wait", registry.Superseded: "empty", registry.VersionWithdrawn: "no"}[v.State]
	if !v.Kept() {
		return &chip{"no", c.t("data.version.erased")}
	}
	return &chip{kind, c.t("data.version." + string(v.State))}
}

// versionsBlock are the versions, the newest first.
func (c *call) versionsBlock(n *names, x dataset) block {
	t := table{Head: c.heads("version", "state", "rows", "file", "staged", "accepted", "see")}
	for _, v := range slices.Backward(x.Versions) {
		at := fmt.Sprintf("%s/%s/", nounPath["dataset"], x.ID)
		state := cell{Chip: c.versionChip(v)}
		switch {
		case v.Erased != nil:
			state.Note = c.t("data.erased."+string(v.Erased.Cause), "rows", v.Erased.Rows, "day", c.day(registry.DayOf(v.Erased.At)), "number", v.Erased.Replacement, "reason", v.Erased.Reason)
		case v.Withdrawn != nil:
			state.Note = v.Withdrawn.Reason
		case v.Replaces > 0:
			state.Note = c.t("data.replaces", "number", v.Replaces)
		}
		accepted := cell{}
		if v.Accepted != nil {
			accepted = cell{Text: c.day(registry.DayOf(v.Accepted.At)), Note: n.hand(*v.Accepted)}
		}
		rows := c.count(v.Rows)
		if v.Rejected > 0 {
			rows.Note = c.t("data.rejected", "n", v.Rejected)
		}
		see := cell{Text: c.t("data.quality"), Link: c.link(fmt.Sprintf("%smutu/%d", at, v.Number))}
		if before, ok := x.Before(v); ok {
			see.Note = c.t("data.change.from", "number", before.Number)
		}
		t.Rows = append(t.Rows, []cell{c.count(v.Number), state, rows, {Text: v.File, Note: "SHA-256 " + v.SHA256[:min(12, len(v.SHA256))] + "…"},
			{Text: c.day(registry.DayOf(v.Staged.At)), Note: n.hand(v.Staged)}, accepted, see})
	}
	b := block{ID: "versi", Title: c.t("data.versions"), Table: &t, Note: c.t("data.versions.note")}
	for _, v := range slices.Backward(x.Versions) {
		if before, ok := x.Before(v); ok && v.Kept() && before.Kept() {
			b.Actions = append(b.Actions, action{Text: c.t("data.change", "from", before.Number, "to", v.Number), Link: c.link(fmt.Sprintf("%s/%s/perubahan/%d", nounPath["dataset"], x.ID, v.Number)), Plain: true})
			break
		}
	}
	return b
}

// hand is who did something, from where.
func (n *names) hand(h registry.Hand) string {
	if h.Via == event.System {
		return n.c.t("actor.system")
	}
	if h.Via == event.CommandLine && h.User == "" {
		return n.c.t("actor.local", "name", h.Through)
	}
	return n.user(h.User)
}

// mostPeriods is how many columns the grid of coverage has before months become years.
const mostPeriods = 12

// coverageBlock is the grid of regions and periods with the rows of each.
func (c *call) coverageBlock(x dataset) ([]block, error) {
	cells, err := store.CoverageOf(c.o.Store.Contents(), *x.shown)
	if err != nil || len(cells) == 0 {
		return nil, err
	}
	return []block{{ID: "cakupan", Title: c.t("data.coverage"), Table: c.coverageGrid(cells), Note: c.t("data.coverage.note." + string(x.shown.Class))}}, nil
}

func (c *call) coverageGrid(cells []registry.CoverageCell) *table {
	var periods []string
	for _, x := range cells {
		if !slices.Contains(periods, x.Period) {
			periods = append(periods, x.Period)
		}
	}
	period := func(x registry.CoverageCell) string { return x.Period }
	if len(periods) > mostPeriods {
		period = func(x registry.CoverageCell) string { return x.Period[:min(4, len(x.Period))] }
		for i := range periods {
			periods[i] = periods[i][:min(4, len(periods[i]))]
		}
	}
	slices.Sort(periods)
	periods = slices.Compact(periods)
	t := table{Head: []string{c.t("col.region")}}
	for _, p := range periods {
		t.Head = append(t.Head, cmp.Or(c.periodOf(p), c.t("data.no-period")))
	}
	t.Labels = t.Head
	type sum struct {
		rows      int64
		few, some bool
	}
	grid := map[string][]sum{}
	var regions []string
	for _, x := range cells {
		if grid[x.Region] == nil {
			grid[x.Region] = make([]sum, len(periods))
			regions = append(regions, x.Region)
		}
		at := &grid[x.Region][slices.Index(periods, period(x))]
		at.rows, at.few, at.some = at.rows+x.Rows, at.few || x.Few, true
	}
	for _, region := range regions {
		name := c.t("data.no-region")
		if region != "" {
			name = registry.RegionName(region)
		}
		row := []cell{text(name)}
		for _, s := range grid[region] {
			switch {
			case !s.some:
				row = append(row, text("–"))
			case s.rows == 0 && s.few:
				row = append(row, text(c.t("data.few")))
			default:
				row = append(row, c.count(s.rows))
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return &t
}

// qualityOf reads what was found in the file of a version, but for what the reader is
// told nothing of.
func (c *call) qualityOf(v registry.DatasetVersion, unseen store.Unseen) (intake.Quality, error) {
	q, err := intake.QualityOf(c.o.Store.Contents(), v.Quality)
	return q.Without(unseen.Hides), err
}

// unseenBlock says which columns are not told of, and why; none where all are.
func (c *call) unseenBlock(u store.Unseen) []block {
	if len(u.Columns) == 0 {
		return nil
	}
	return []block{{ID: "tidak-ditunjukkan", Note: c.unseenWords(u)}}
}

func (c *call) unseenWords(u store.Unseen) string {
	if u.Columns[0] == cooperation.All {
		return c.t("data.unseen.all", "studies", u.Studies)
	}
	return c.t("data.unseen", "columns", u.Columns, "studies", u.Studies)
}

func datasetHistory(c *call, r *store.Reader, o object) ([]block, error) {
	if c.who.May(access.EventRead, o.place) == nil {
		return c.history(r, o)
	}
	return c.deeds(r, o)
}
