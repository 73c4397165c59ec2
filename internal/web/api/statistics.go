package api

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

const statisticsKind = "statistics"

// Figure is an official figure as the API shows it: one revision of its cell. Its
// identifier is the cell's.
type Figure struct {
	ID         string   `json:"id"`
	Indicator  string   `json:"indicator"`
	Region     string   `json:"region"`
	RegionName string   `json:"region_name"`
	Period     string   `json:"period"`
	Value      *float64 `json:"value"`
	Decimals   int      `json:"decimals"`
	Mark       string   `json:"mark" enum:",*,**"`
	Break      string   `json:"break" enum:",survey-month,concept,base,population-base,region-split"`
	Source     string   `json:"source"`
	Release    string   `json:"release"`
	Batch      string   `json:"batch"`
	Revision   int64    `json:"revision"`
	Latest     bool     `json:"latest"`
}

// Cell is what a figure is of, with all that releases said of it, the oldest first.
type Cell struct {
	ID        string    `json:"id"`
	Indicator Indicator `json:"indicator"`
	Region    string    `json:"region"`
	Name      string    `json:"region_name"`
	Period    string    `json:"period"`
	Latest    Figure    `json:"latest"`
	Revisions []Figure  `json:"revisions"`
}

// Indicator is something of which there are official figures.
type Indicator struct {
	Code     string `json:"id"`
	Words    Words  `json:"words"`
	Unit     Words  `json:"unit"`
	Decimals int    `json:"decimals"`
	Adds     string `json:"adds" enum:",sum,mean"`
}

// Batch is what was recorded at once from one release.
type Batch struct {
	ID           string   `json:"id"`
	Organisation string   `json:"organisation"`
	Region       string   `json:"region"`
	Source       string   `json:"source"`
	Release      string   `json:"release"`
	Rows         int64    `json:"rows"`
	SHA256       string   `json:"sha256"`
	Indicators   []string `json:"indicators"`
	First        string   `json:"first_period"`
	Last         string   `json:"last_period"`
	Cautions     int64    `json:"cautions"`
}

// The separator of the parts of a cell's identifier, which no code holds.
const dot = "."

func cellID(c registry.Cell) string {
	return strings.Join([]string{c.Indicator, c.Region, c.Period}, dot)
}

func figureOf(f registry.Figure) Figure {
	return Figure{ID: cellID(f.Cell()), Indicator: f.Indicator, Region: f.Region, RegionName: registry.RegionName(f.Region), Period: f.Period, Value: f.Value, Decimals: f.Decimals,
		Mark: string(f.Mark), Break: f.Break, Source: f.Source, Release: string(f.Release), Batch: f.Batch, Revision: f.Revision, Latest: f.Latest}
}

func indicatorOf(i registry.Indicator) Indicator {
	return Indicator{i.Code, Words(i.Words), Words(i.Unit), i.Decimals, string(i.Adds)}
}

func batchOf(b registry.StatisticBatch) Batch {
	return Batch{b.ID, b.Owner, b.Region, b.Source, string(b.Release), b.Rows, b.Content, texts(b.Indicators), b.First, b.Last, b.Cautions}
}

// figureColumns are those of figures as a table, which says what a figure is
// without a look elsewhere.
var figureColumns = columnsIn[Figure]{
	[]string{"indicator", "indicator_name", "unit", "region", "region_name", "period", "value", "decimals", "mark", "break", "source", "release", "batch", "revision", "latest"},
	func(c caller, f Figure) []string {
		i, _ := registry.FindIndicator(f.Indicator)
		return []string{f.Indicator, inLang(c.lang, i.Words), inLang(c.lang, i.Unit), f.Region, guarded(f.RegionName), f.Period, decimal(f.Value, f.Decimals), strconv.Itoa(f.Decimals),
			f.Mark, f.Break, guarded(f.Source), f.Release, f.Batch, strconv.FormatInt(f.Revision, 10), strconv.FormatBool(f.Latest)}
	},
}

// LongPaging is Paging for lists of many short objects.
type LongPaging struct {
	Cursor string `query:"cursor" maxLength:"200"`
	Limit  int    `query:"limit" minimum:"1" maximum:"2000" default:"200"`
}

func (p LongPaging) paging() Paging { return Paging(p) }

// FigureFilter picks figures.
type FigureFilter struct {
	LongPaging
	Form
	Indicators []string `query:"indicator" maxItems:"50"`
	Regions    []string `query:"region" maxItems:"600"`
	Within     []string `query:"within" maxItems:"50"`
	From       string   `query:"from" maxLength:"7"`
	Until      string   `query:"until" maxLength:"7"`
	AsOf       string   `query:"as_of" format:"date"`
	Revisions  bool     `query:"revisions"`
}

var periodForm = regexp.MustCompile(`^(19|20)\d\d(-(0[1-9]|1[0-2]))?$`)

// filter is what the store picks by. Errors: a problem with the part of the query.
func (f FigureFilter) filter() (store.StatisticFilter, error) {
	for _, code := range f.Indicators {
		if _, ok := registry.FindIndicator(code); !ok {
			var codes []string
			for _, i := range registry.Indicators() {
				codes = append(codes, i.Code)
			}
			return store.StatisticFilter{}, problem.New("api-indicator", "found", code, "expected", codes, "field", "query.indicator")
		}
	}
	for field, codes := range map[string][]string{"query.region": f.Regions, "query.within": f.Within} {
		for _, code := range codes {
			if _, ok := registry.FindRegion(code); !ok {
				return store.StatisticFilter{}, problem.New("api-region", "found", code, "field", field)
			}
		}
	}
	for field, p := range map[string]string{"query.from": f.From, "query.until": f.Until} {
		if p != "" && !periodForm.MatchString(p) {
			return store.StatisticFilter{}, problem.New("api-period", "found", p, "field", field)
		}
	}
	return store.StatisticFilter{Indicators: f.Indicators, Regions: f.Regions, Within: f.Within, First: f.From, Last: f.Until, AsOf: registry.Day(f.AsOf), Revisions: f.Revisions}, nil
}

// figured and figuredOf go between where a figure stands and a cursor.
func figured(f registry.Figure) string {
	return strings.Join([]string{cellID(f.Cell()), string(f.Release), strconv.FormatInt(f.Revision, 10)}, dot)
}

func figuredOf(cursor string) (*store.Figured, error) {
	part := strings.Split(cursor, dot)
	if len(part) != 5 {
		return nil, problem.New("api-cursor")
	}
	n, err := strconv.ParseInt(part[4], 10, 64)
	if err != nil {
		return nil, problem.New("api-cursor")
	}
	return &store.Figured{Cell: registry.Cell{Indicator: part[0], Region: part[1], Period: part[2]}, Release: registry.Day(part[3]), Revision: n}, nil
}

// RecordFigures records figures of one release.
type RecordFigures struct {
	Organisation string      `json:"organisation" maxLength:"200"`
	Source       string      `json:"source" minLength:"1" maxLength:"500"`
	Release      string      `json:"release" format:"date"`
	Figures      []NewFigure `json:"figures" minItems:"1" maxItems:"50000"`
	CautionsSeen bool        `json:"cautions_seen,omitempty"`
	Given
}

// NewFigure is a figure that is recorded.
type NewFigure struct {
	Indicator string   `json:"indicator" maxLength:"50"`
	Region    string   `json:"region" maxLength:"20"`
	Period    string   `json:"period" maxLength:"7"`
	Value     *float64 `json:"value" required:"true"`
	Decimals  int      `json:"decimals" minimum:"0" maximum:"6"`
	Mark      string   `json:"mark,omitempty" enum:",*,**"`
	Break     string   `json:"break,omitempty" enum:",survey-month,concept,base,population-base,region-split"`
}

func (b RecordFigures) rows() []registry.Statistic {
	all := make([]registry.Statistic, len(b.Figures))
	for i, f := range b.Figures {
		all[i] = registry.Statistic{Indicator: f.Indicator, Region: f.Region, Period: f.Period, Value: f.Value, Decimals: f.Decimals, Mark: registry.Mark(f.Mark), Break: f.Break}
	}
	return all
}

func (d *door) statistics() {
	const noun = "statistics"
	tabled(d, reading(noun, "", false, false, "").open(), "angka-resmi", figureColumns,
		func(r *store.Reader, _ caller, f FigureFilter, after string, most int) ([]Figure, func(int) string, error) {
			filter, err := f.filter()
			if err != nil {
				return nil, nil, err
			}
			if after != "" {
				if filter.After, err = figuredOf(after); err != nil {
					return nil, nil, err
				}
			}
			filter.Most = most
			found, err := store.Statistics(r, filter)
			all := make([]Figure, len(found))
			for i, f := range found {
				all[i] = figureOf(f)
			}
			return all, func(i int) string { return figured(found[i]) }, err
		})
	read(d, reading(noun, "", true, false, "").open(), func(r *store.Reader, _ caller, id string) (Cell, error) {
		unknown := problem.New("api-no-object", "noun", noun, "id", id)
		part := strings.Split(id, dot)
		if len(part) != 3 {
			return Cell{}, unknown
		}
		i, known := registry.FindIndicator(part[0])
		found, err := store.Statistics(r, store.StatisticFilter{Indicators: part[:1], Regions: part[1:2], First: part[2], Last: part[2], Revisions: true})
		out := Cell{ID: id, Indicator: indicatorOf(i), Region: part[1], Name: registry.RegionName(part[1]), Period: part[2], Revisions: []Figure{}}
		for _, f := range found {
			if f.Period != part[2] {
				continue
			}
			out.Revisions = append(out.Revisions, figureOf(f))
			if f.Latest {
				out.Latest = figureOf(f)
			}
		}
		if err == nil && (!known || len(out.Revisions) == 0) {
			err = unknown
		}
		return out, err
	})
	list(d, reading(noun, "", false, false, "").in("/indicators", "list-indicators").open(),
		func(_ *store.Reader, _ caller, _ Paging, after string, most int) (all []Indicator, cursor func(int) string, err error) {
			for _, i := range registry.Indicators() {
				if i.Code > after && len(all) < most {
					all = append(all, indicatorOf(i))
				}
			}
			return all, func(i int) string { return all[i].Code }, nil
		})
	list(d, reading(noun, "", false, false, "").in("/batches", "list-batches").open(),
		func(r *store.Reader, _ caller, _ Paging, after string, most int) ([]Batch, func(int) string, error) {
			found, err := store.StatisticBatches(r, store.Page{After: after, Most: most})
			all := make([]Batch, len(found))
			for i, b := range found {
				all[i] = batchOf(b)
			}
			return all, func(i int) string { return all[i].ID }, err
		})
	read(d, reading(noun, "", true, false, "").in("/batches", "read-batch").open(), func(r *store.Reader, _ caller, id string) (Batch, error) {
		b, ok, err := store.StatisticBatchOf(r, id)
		if err == nil && !ok {
			err = problem.New("api-no-object", "noun", noun+"/batches", "id", id)
		}
		return batchOf(b), err
	})

	record := commanding(noun, statisticsKind, "record", true).bringing()
	record.made = "/batches"
	value := 9.03
	create(d, record, RecordFigures{Organisation: someID, Source: "BPS, Profil Kemiskinan di Indonesia Maret 2024", Release: "2024-07-01",
		Figures: []NewFigure{{Indicator: "p0", Region: registry.Nation, Period: "2024-03", Value: &value, Decimals: 2}}, Given: Given{Why: "rilis BPS 1 Juli 2024"}},
		func(ctx context.Context, by store.By, b RecordFigures) (string, event.Event, error) {
			rows := b.rows()
			if !b.CautionsSeen {
				if err := d.record.View(ctx, func(r *store.Reader) error { return unseen(r, rows) }); err != nil {
					return "", event.Event{}, err
				}
			}
			return d.record.RecordStatistics(ctx, by, registry.StatisticBatch{Owner: b.Organisation, Source: b.Source, Release: registry.Day(b.Release)}, rows)
		})
}

// unseen tells the cautions that rows lead to, which a program has to have shown to
// somebody: each command gives a reason, so that a reason alone does not say that
// these were looked at. What no figure can be is the store's to refuse.
func unseen(r *store.Reader, rows []registry.Statistic) error {
	found, err := store.ReviewStatistics(r, rows)
	if err != nil || len(found.Refused) > 0 || len(found.Cautions) == 0 {
		return err
	}
	return append(problem.List{problem.New("api-cautions", "n", len(found.Cautions), "field", "cautions_seen")}, found.Cautions...)
}
