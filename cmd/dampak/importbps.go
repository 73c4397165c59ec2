package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/intake/bps"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// officialFlags are those of figures that BPS has released: from its WebAPI, where
// FILE is bps or bps:VARIABLE, or from a file that holds one of its tables.
type officialFlags struct {
	Official  bool     `help:"${help_import_official}"`
	Release   string   `help:"${help_import_release}" placeholder:"DAY"`
	Source    string   `help:"${help_import_source}" placeholder:"TEXT"`
	Indicator string   `help:"${help_import_indicator}" placeholder:"CODE"`
	Period    string   `help:"${help_import_period}" placeholder:"PERIOD"`
	Years     string   `help:"${help_import_years}" placeholder:"FROM:UNTIL"`
	Region    []string `help:"${help_import_region}" placeholder:"CODE"`
	Find      string   `help:"${help_import_find}" placeholder:"WORD"`
	Cache     string   `help:"${help_import_cache}" placeholder:"DIR"`
	Offline   bool     `help:"${help_import_offline}"`
}

// bpsPlace is what stands in place of a file for the WebAPI.
const bpsPlace = "bps"

// asksBPS tells whether figures are to come from the WebAPI.
func (c importCmd) asksBPS() bool {
	return c.File == bpsPlace || strings.HasPrefix(c.File, bpsPlace+":")
}

// official tells whether figures that BPS has released are taken in.
func (c importCmd) official() bool { return c.Official || c.asksBPS() }

// misplaced names the first flag that does not go with what is taken in.
func (c importCmd) misplaced() string {
	for _, f := range []struct {
		name  string
		given bool
		of    func() bool // where it belongs
	}{
		{"--release", c.Release != "", c.official}, {"--region", len(c.Region) > 0, c.official},
		{"--source", c.Source != "", func() bool { return c.Official && !c.asksBPS() }}, {"--indicator", c.Indicator != "", func() bool { return c.Official && !c.asksBPS() }},
		{"--period", c.Period != "", func() bool { return c.Official && !c.asksBPS() }},
		{"--years", c.Years != "", c.asksBPS}, {"--find", c.Find != "", c.asksBPS}, {"--cache", c.Cache != "", c.asksBPS}, {"--offline", c.Offline, c.asksBPS},
		{"--contract", c.Contract != "", func() bool { return !c.official() }}, {"--rejects", c.Rejects != "", func() bool { return !c.official() }}, {"--draft", c.Draft != "", func() bool { return !c.official() }},
		{"--all-or-nothing", c.AllOrNothing, func() bool { return !c.official() }}, {"--dataset", c.Dataset != "", func() bool { return !c.official() }},
	} {
		if f.given && !f.of() {
			return f.name
		}
	}
	return ""
}

// takeOfficial reads figures, says what was found, and records them where a record
// is named.
func (c importCmd) takeOfficial(s *session) error {
	if c.Release != "" {
		if _, err := registry.ParseDay(c.Release); err != nil {
			return err
		}
	}
	if c.Dir == "" && c.Database == "" {
		if c.As != "" || c.Office != "" {
			return problem.Usage("import-no-record")
		}
		return c.lookOfficial(s)
	}
	if c.Dir == "" {
		return problem.Usage("store-no-folder")
	}
	return c.with(s, func(p people) error {
		owner, err := c.owner(p, access.StatisticManage)
		if err != nil {
			return err
		}
		return c.record(p, owner)
	})
}

// lookOfficial says what figures there are; nothing is recorded.
func (c importCmd) lookOfficial(s *session) error {
	if c.Find != "" {
		return c.find(s)
	}
	readings, err := c.readings(s, "")
	if err != nil {
		return err
	}
	var lines []string
	var rows []registry.Statistic
	for _, r := range readings {
		lines, rows = append(lines, s.reading(r)...), append(rows, r.Rows...)
	}
	found := registry.ReviewStatistics(rows, nil)
	if len(found.Refused) > 0 {
		return found.Refused
	}
	return s.lines(append(append(lines, s.reviewed(found)...), s.text("import.official.checked"))...)
}

// readings are the figures that are asked for; of the WebAPI those of a regency's
// office alone where home is its region.
func (c importCmd) readings(s *session, home string) ([]bps.Reading, error) {
	if c.asksBPS() {
		return c.fromBPS(s, home)
	}
	r, err := c.fromFile(s.ctx)
	return []bps.Reading{r}, err
}

// fromFile reads a table of BPS, or figures as the register keeps them.
func (c importCmd) fromFile(ctx context.Context) (bps.Reading, error) {
	said := bps.Said{Indicator: c.Indicator, Period: c.Period, Source: c.Source, Release: registry.Day(c.Release), File: problem.Mask(filepath.Base(c.File))}
	if f, err := os.Open(c.File); err == nil {
		defer f.Close()
		if head, _ := bufio.NewReader(f).Peek(40); strings.HasPrefix(strings.TrimPrefix(string(head), "\ufeff"), "indicator,region,period,value") {
			if _, err := f.Seek(0, 0); err != nil {
				return bps.Reading{}, err
			}
			rows, err := registry.DecodeStatistics(f)
			if err != nil {
				for _, p := range problem.Of(err) {
					p.File = said.File
				}
			}
			return bps.Reading{Rows: rows, Source: cmp.Or(said.Source, said.File), Release: said.Release}, err
		}
	}
	f, err := intake.Open(ctx, c.File, intake.Reading{Sheet: c.Sheet, Encoding: c.Encoding})
	if err != nil {
		return bps.Reading{}, err
	}
	defer func() { _ = f.Close() }() // it is only read
	r, err := bps.ReadTable(ctx, f.Reader, said, c.wanted(""))
	if err != nil {
		for _, p := range problem.Of(err) {
			p.File = cmp.Or(p.File, f.Name)
		}
		return r, err
	}
	return r, f.Unchanged()
}

// wanted picks the regions that were named with all in them, and of the WebAPI, whose
// tables have all of the country, East Java with what it is compared with.
func (c importCmd) wanted(home string) bps.Keep {
	within := c.Region
	switch {
	case len(within) == 0 && !c.asksBPS():
		return nil
	case len(within) == 0 && home != "":
		within = []string{home}
	case len(within) == 0:
		return func(region string) bool {
			return region == registry.Nation || len(region) == 2 || registry.Within(region, "35")
		}
	}
	return func(region string) bool {
		return slices.ContainsFunc(within, func(w string) bool { return registry.Within(region, w) })
	}
}

// client asks the WebAPI; its answers are kept in the user's cache.
func (c importCmd) client() (*bps.Client, error) {
	key, err := bps.FindKey(os.Getenv, os.UserConfigDir)
	if err != nil {
		return nil, err
	}
	dir := c.Cache
	if dir == "" {
		if home, err := os.UserCacheDir(); err == nil {
			dir = filepath.Join(home, "dampak", "bps")
		}
	}
	return bps.New(bps.Config{Key: key, Base: os.Getenv("DAMPAK_BPS_URL"), Dir: dir, Offline: c.Offline, Now: time.Now})
}

func (c importCmd) fromBPS(s *session, home string) ([]bps.Reading, error) {
	client, err := c.client()
	if err != nil {
		return nil, err
	}
	series, err := bps.ParseSeries(strings.TrimPrefix(strings.TrimPrefix(c.File, bpsPlace), ":"))
	if err != nil {
		return nil, err
	}
	first, last, err := years(c.Years, time.Now())
	if err != nil {
		return nil, err
	}
	var all []bps.Reading
	for i, one := range series {
		if s.watched {
			fmt.Fprintln(s.stderr, s.text("import.official.asks", "variable", one.Variable, "at", i+1, "n", len(series)))
		}
		r, err := client.Figures(s.ctx, []bps.Series{one}, first, last, c.wanted(home))
		if err != nil {
			return nil, err
		}
		all = append(all, r...)
	}
	return all, nil
}

// firstYear is the first of which figures of regions are asked for where nobody
// says otherwise.
const firstYear = 2010

// years reads FROM:UNTIL, or one year; empty: all until now.
func years(text string, now time.Time) (first, last int, err error) {
	from, until, _ := strings.Cut(cmp.Or(text, fmt.Sprintf("%d:%d", firstYear, now.Year())), ":")
	until = cmp.Or(until, from)
	first, err1 := strconv.Atoi(from)
	last, err2 := strconv.Atoi(until)
	if err1 != nil || err2 != nil || first < 1945 || last > now.Year()+1 || first > last {
		return 0, 0, problem.Usage("import-years", "found", text)
	}
	return first, last, nil
}

// find lists the variables of the WebAPI by a word.
func (c importCmd) find(s *session) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	rows, origin, err := client.List(s.ctx, "var", "0000", map[string]string{"keyword": c.Find})
	if err != nil {
		return err
	}
	lines := s.notes(origin.Cautions)
	for _, r := range rows {
		lines = append(lines, s.text("import.official.variable", "id", r["var_id"], "title", r["title"], "unit", r["unit"], "subject", r["sub_name"]))
	}
	return s.lines(append(lines, s.text("import.official.variables", "n", len(rows), "word", c.Find))...)
}

// record records figures as those of an office. All are looked at before the first
// batch is recorded, so that a caution of the last leaves none behind.
func (c importCmd) record(p people, owner registry.Organisation) error {
	home := ""
	if owner.Kind == registry.RegencyOffice {
		home = owner.Region
	}
	readings, err := c.readings(p.session, home)
	if err != nil {
		return err
	}
	var rows []registry.Statistic
	for i := range readings {
		r := &readings[i]
		if r.Release = cmp.Or(registry.Day(c.Release), r.Release); r.Release == "" {
			return problem.Usage("import-no-release", "source", r.Source)
		}
		rows = append(rows, r.Rows...)
	}
	if len(rows) == 0 {
		return problem.New("statistics-none")
	}
	var found registry.Review
	held := map[registry.Cell]registry.Figure{}
	err = p.record.View(p.ctx, func(from *store.Reader) (err error) {
		if found, err = store.ReviewStatistics(from, rows); err != nil {
			return err
		}
		all, err := store.Statistics(from, store.StatisticFilter{})
		for _, f := range all {
			held[f.Cell()] = f
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case len(found.Refused) > 0:
		return found.Refused
	case len(found.Cautions) > 0 && c.Why == "":
		return append(problem.List{problem.New("statistics-cautions", "n", len(found.Cautions), "field", "reason")}, found.Cautions...)
	}
	lines := p.reviewed(found)
	for _, r := range readings {
		lines = append(lines, p.reading(r)...)
		fresh, corrected := 0, 0
		for _, x := range r.Rows {
			switch old, ok := held[x.Cell()]; {
			case !ok:
				fresh++
			case !old.Same(x):
				corrected++
			}
		}
		if fresh+corrected == 0 {
			lines = append(lines, p.text("import.official.nothing"))
			continue
		}
		id, e, err := p.record.RecordStatistics(p.ctx, p.by(c.Why), registry.StatisticBatch{Owner: owner.ID, Source: r.Source, Release: r.Release}, r.Rows)
		if err != nil {
			return err
		}
		lines = append(lines, p.text("import.official.recorded", "id", id, "seq", e.Seq, "fresh", fresh, "corrected", corrected, "same", len(r.Rows)-fresh-corrected))
	}
	return p.lines(lines...)
}

// reading says what figures a table gave.
func (s *session) reading(r bps.Reading) []string {
	regions, indicators := map[string]bool{}, map[string]bool{}
	first, last := "", ""
	for _, x := range r.Rows {
		regions[x.Region], indicators[x.Indicator] = true, true
		if first == "" || x.Period < first {
			first = x.Period
		}
		last = max(last, x.Period)
	}
	var codes []string
	for _, i := range registry.Indicators() {
		if indicators[i.Code] {
			codes = append(codes, i.Code)
		}
	}
	lines := []string{s.text("import.official.read", "source", r.Source, "n", len(r.Rows), "regions", len(regions), "indicators", codes, "first", first, "last", last, "missing", r.Missing, "release", string(r.Release))}
	return append(lines, s.notes(r.Cautions)...)
}

// reviewed says what holding figures against each other has found.
func (s *session) reviewed(r registry.Review) []string {
	lines := s.notes(r.Cautions)
	if r.AddedUp+r.NotAdded > 0 {
		lines = append(lines, s.text("import.official.added", "n", r.AddedUp, "not", r.NotAdded))
	}
	return lines
}

func (s *session) notes(all problem.List) []string {
	var lines []string
	for _, q := range all {
		lines = append(lines, s.text("import.note", "what", q.Text(s.lang)))
	}
	return lines
}
