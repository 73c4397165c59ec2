package demo

import (
	"bufio"
	"context"
	"io"
	"os"
	"path/filepath"
	"strconv"
)

// Names of the files of a world.
const (
	householdsFile = "households.csv"
	pilotFile      = "pilot.csv"
	regionsFile    = "regions.csv"
	officialFile   = "jatim-2021.csv"
)

var (
	panelColumns = []string{"household", "region", "village", "year", "members", "score", "desil", "first_year",
		"ministry", "province", "months_late", "spending", "real_spending", "poverty_line", "poor",
		"region_name", "informal", "schooling", "capital_year", "earnings", "market_year", "barn_year", "food"}
	pilotColumns  = []string{"household", "region", "village", "members", "desil", "offered", "joined", "spending_before", "spending_after"}
	regionColumns = []string{"region", "name", "first_year", "households", "villages"}
)

// rows writes CSV cell by cell; it keeps the first error and counts rows.
type rows struct {
	out   *bufio.Writer
	n     int64
	open  bool // within a row
	cells []byte
	err   error
}

func newRows(w io.Writer, columns []string) *rows {
	r := &rows{out: bufio.NewWriterSize(w, 1<<20)}
	for _, c := range columns {
		r.text(c)
	}
	r.end()
	r.n = 0
	return r
}

func (r *rows) text(s string) {
	if r.open {
		r.cells = append(r.cells, ',')
	}
	r.cells, r.open = append(r.cells, s...), true
}

func (r *rows) whole(values ...int) {
	for _, v := range values {
		if r.open {
			r.cells = append(r.cells, ',')
		}
		r.cells, r.open = strconv.AppendInt(r.cells, int64(v), 10), true
	}
}

// known writes a number, or a blank for 0.
func (r *rows) known(v int) {
	if v == 0 {
		r.text("")
		return
	}
	r.whole(v)
}

func (r *rows) end() {
	r.cells = append(r.cells, '\n')
	if _, err := r.out.Write(r.cells); err != nil && r.err == nil {
		r.err = err
	}
	r.cells, r.open = r.cells[:0], false
	r.n++
}

func (r *rows) flush() error {
	if err := r.out.Flush(); r.err == nil {
		r.err = err
	}
	return r.err
}

func truth01(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Numbers of households and villages: the region's code in front, 10 and 9
// digits, so that none could be an identity number of 16.
func householdNumber(h household) int { return h.region*1_000_000 + h.id }
func villageNumber(h household) int   { return h.region*100_000 + h.village }

// write makes the files of a world in a folder and gives the truth.
func (w World) write(ctx context.Context, dir string, progress func(float64)) (*Manifest, error) {
	all, err := laws()
	if err != nil {
		return nil, err
	}
	m := &Manifest{Version: Version, Seed: w.Seed, Households: w.Households, Notice: notice}
	p := &pilot{world: w}
	steps := []struct {
		name    string
		columns []string
		write   func(*rows) error
	}{
		{householdsFile, panelColumns, func(r *rows) error {
			ministry, other, err := w.panel(ctx, r, all, p, progress)
			if err != nil {
				return err
			}
			m.Truth = append(m.Truth, ministry.truths(StudyDiD)...)
			m.Truth = append(m.Truth, ministry.single(StudyTwoWay))
			m.Truth = append(m.Truth, other.truths()...)
			return nil
		}},
		{pilotFile, pilotColumns, func(r *rows) error {
			m.Truth = append(m.Truth, p.write(r)...)
			return nil
		}},
		{regionsFile, regionColumns, func(r *rows) error {
			n := shares(all, w.Households)
			for i, l := range all {
				r.whole(l.region.Code)
				r.text(l.region.Name)
				r.known(l.first)
				r.whole(n[i], (n[i]+villageSize-1)/villageSize)
				r.end()
			}
			return nil
		}},
	}
	for _, s := range steps {
		f, err := createRows(filepath.Join(dir, s.name), s.columns, s.write)
		if err != nil {
			return nil, err
		}
		m.Files = append(m.Files, f)
	}
	return m, nil
}

func createRows(path string, columns []string, write func(*rows) error) (File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return File{}, err
	}
	defer f.Close()
	r := newRows(f, columns)
	if err := write(r); err != nil {
		return File{}, err
	}
	if err := r.flush(); err != nil {
		return File{}, err
	}
	info, err := f.Stat()
	if err != nil {
		return File{}, err
	}
	return File{Name: filepath.Base(path), Rows: r.n, Bytes: info.Size()}, f.Close()
}

// panel writes the household panel, region by region, and fills the pilot. It
// gives what the ministry's programme did to spending and the other programmes
// to earnings and food.
func (w World) panel(ctx context.Context, r *rows, all []law, p *pilot, progress func(float64)) (ledger, workTruth, error) {
	ministry, other := newLedger(), newWorkTruth()
	n := shares(all, w.Households)
	for i := range all {
		if err := ctx.Err(); err != nil {
			return ministry, other, err
		}
		l := &all[i]
		chance, atWork, common := w.source(l.region.Code, forPanel), w.source(l.region.Code, forWork), w.shocks(l)
		for _, h := range l.people(chance, n[i]) {
			k := l.hire(atWork, h)
			var last year
			for t := range years {
				last = l.live(chance, h, t)
				ministry.add(l.first, firstYear+t, last.gain)
				y := l.labour(atWork, h, k, t, &common)
				other.add(l, k, t, y)
				l.row(r, h, k, t, last, y)
			}
			p.see(l, h, last)
		}
		if progress != nil {
			progress(float64(i+1) / float64(len(all)))
		}
	}
	return ministry, other, nil
}

// row writes a household's year.
func (l *law) row(r *rows, h household, k worker, t int, y year, labour workYear) {
	line := int(l.line[t])
	spending := int(float64(y.real) * l.line[t] / l.line[years-1])
	paid, late := h.ministry && l.gain[t] > 0, 0
	if paid {
		late = l.late[t]
	}
	r.whole(householdNumber(h), h.region, villageNumber(h), firstYear+t, h.members, points(h.score), desil(h.score))
	r.known(l.first)
	r.whole(truth01(paid), truth01(h.province && firstYear+t >= provinceFirst), late, spending, y.real, line, truth01(spending < line))
	r.text(l.region.Name)
	r.whole(truth01(k.informal), k.schooling)
	r.known(k.capital)
	r.whole(labour.earnings)
	r.known(l.work.market)
	r.known(l.work.barn)
	r.whole(labour.food)
	r.end()
}
