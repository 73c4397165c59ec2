package web

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/result"
)

// startPeriod is the period from which the cooperation counts.
const startPeriod = "2020-03"

// province is the code of East Java.
const province = "35"

// released are official figures by indicator and region, each series in order of
// period and without those that BPS says there are none of.
type released map[[2]string][]registry.Figure

// figures gives the figures of the record, and of a series that it has not those
// that came with the program.
func (p *Pages) figures(r *store.Reader, l i18n.Lang, indicators, regions []string) (released, error) {
	all := released{}
	found, err := store.Statistics(r, store.StatisticFilter{Indicators: indicators, Regions: regions})
	if err != nil {
		return nil, err
	}
	for _, f := range found {
		if f.Value != nil {
			key := [2]string{f.Indicator, f.Region}
			all[key] = append(all[key], f)
		}
	}
	site := p.site.Load()
	if site == nil {
		return all, nil
	}
	built := released{}
	for _, s := range site.Official {
		key := [2]string{s.Indicator, s.Region}
		if s.Value != nil && len(all[key]) == 0 && slices.Contains(indicators, s.Indicator) && slices.Contains(regions, s.Region) {
			built[key] = append(built[key], registry.Figure{Statistic: s, Source: in(l, site.Publisher), Latest: true})
		}
	}
	for key, series := range built {
		slices.SortFunc(series, func(a, b registry.Figure) int { return strings.Compare(a.Period, b.Period) })
		all[key] = series
	}
	return all, nil
}

func (f released) series(indicator, region string) []registry.Figure {
	return f[[2]string{indicator, region}]
}

// at gives a figure of a period; nil where there is none.
func (f released) at(indicator, region, period string) *registry.Figure {
	series := f.series(indicator, region)
	i := slices.IndexFunc(series, func(x registry.Figure) bool { return x.Period == period })
	if i < 0 {
		return nil
	}
	return &series[i]
}

// last gives the newest figure; nil where there is none.
func (f released) last(indicator, region string) *registry.Figure {
	series := f.series(indicator, region)
	if len(series) == 0 {
		return nil
	}
	return &series[len(series)-1]
}

// broadest is the newest period of which most regions have a figure.
func (f released) broadest(indicator string, regions []string) string {
	count := map[string]int{}
	for _, code := range regions {
		for _, x := range f.series(indicator, code) {
			count[x.Period]++
		}
	}
	best := ""
	for period, n := range count {
		if n > count[best] || n == count[best] && period > best {
			best = period
		}
	}
	return best
}

// sources are where some figures stand, each once, with the day of its release, or the
// first and the last of several.
func sources(l i18n.Lang, all ...registry.Figure) string {
	type days struct{ first, last registry.Day }
	of := map[string]days{}
	var order []string
	for _, f := range all {
		d, known := of[f.Source]
		if !known {
			order = append(order, f.Source)
			d = days{f.Release, f.Release}
		}
		of[f.Source] = days{min(d.first, f.Release), max(d.last, f.Release)}
	}
	out := make([]string, len(order))
	for i, source := range order {
		d := of[source]
		day := func(d registry.Day) string { return i18n.Day(l, string(d)) }
		switch d.first {
		case "":
			out[i] = source
		case d.last:
			out[i] = say(l, "web.source.released", "source", source, "day", day(d.last))
		default:
			out[i] = say(l, "web.source.released.between", "source", source, "first", day(d.first), "last", day(d.last))
		}
	}
	return strings.Join(out, "; ")
}

// say gives a sentence in a language.
func say(l i18n.Lang, key string, pairs ...any) string {
	return i18n.Text(l, key, result.MakeValues(pairs...))
}

// periodWords writes a period: "Maret 2024" or "2024".
func periodWords(l i18n.Lang, p string) string {
	day, err := time.Parse("2006-01", p)
	if err != nil {
		return p
	}
	_, month, _ := strings.Cut(i18n.Day(l, day.Format(time.DateOnly)), " ")
	return month
}

// timeOf puts a period on an axis of half years: 2020 is March 2020, and the whole
// of a year too; 2020.5 September.
func timeOf(period string) float64 {
	day, err := time.Parse("2006-01", period)
	if err != nil {
		year, _ := time.Parse("2006", period)
		return float64(year.Year())
	}
	return float64(day.Year()) + float64(day.Month()-time.March)/12
}

// breaks are the periods at which a series breaks, with what they are called.
func breaks(all []registry.Figure) []registry.Figure {
	var out []registry.Figure
	for _, f := range all {
		if f.Break != registry.NoBreak {
			out = append(out, f)
		}
	}
	return out
}

// preliminary are the periods of a series that are not final.
func preliminary(l i18n.Lang, all []registry.Figure) string {
	var out []string
	for _, f := range all {
		if f.Mark != registry.Final {
			out = append(out, periodWords(l, f.Period)+string(f.Mark))
		}
	}
	if len(out) == 0 {
		return ""
	}
	return say(l, "web.figures.preliminary", "periods", strings.Join(out, ", "))
}

// ranked are regions by an indicator in a period, the highest first.
func (f released) ranked(indicator, period string, regions []string) []registry.Figure {
	var all []registry.Figure
	for _, code := range regions {
		if x := f.at(indicator, code, period); x != nil {
			all = append(all, *x)
		}
	}
	slices.SortStableFunc(all, func(a, b registry.Figure) int {
		return cmp.Or(cmp.Compare(*b.Value, *a.Value), strings.Compare(a.Region, b.Region))
	})
	return all
}

// regencies are the kabupaten and kota within a region on a day.
func regencies(within string, on registry.Day) []string {
	var all []string
	for _, r := range registry.Subtree(within, on) {
		if r.Kind == registry.RegencyKind || r.Kind == registry.CityKind {
			all = append(all, r.Code)
		}
	}
	return all
}
