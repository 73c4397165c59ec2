package record

import (
	"bytes"
	"embed"
	"fmt"
	"math"
	"math/rand/v2"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/demo/official"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/registry"
)

// The rows of the datasets come in as files do: held against a contract, kept as a
// version, accepted by a second person. Those of the poverty rates are official; the
// families are invented, drawn with a seed, and what the programmes do to them is
// known here alone.

//go:embed data
var shipped embed.FS

// contractOf is the contract of a dataset, by its key.
func contractOf(key string) (*contract.Contract, error) {
	src, err := shipped.ReadFile(path.Join("data", key+".json"))
	if err != nil {
		return nil, err
	}
	return contract.Parse(src, key+".json")
}

// What the world does to its families.
const (
	firstRows    = 2018  // of the panel of families
	villages     = 40    // of a kabupaten
	families     = 12    // of a village
	plusGain     = 55.0  // thousand rupiah a person and month in the first year of PKH Plus
	plusGrowth   = 8.0   // more with each year
	lateCosts    = 6.0   // less for each month that the money came late
	twoOfficers  = 0.11  // by which two officers agree more often with the decile than one
	capitalGains = 210.0 // thousand rupiah a month
)

// paneled are the kabupaten whose families the province knows.
var paneled = []string{malang, banyuwangi, bangkalan, sampang, pamekasan, sumenep}

// delivery is a file of rows that came in on a day, of the years before it.
type delivery struct {
	dataset       string // key
	day           registry.Day
	brings, takes string // who
	rows          func(before int) (string, error)
}

var deliveries = []delivery{
	{"bps", "2020-09-14", "walidata2", "walidata", povertyRows},
	{"rekap", "2022-01-24", "walidata2", "walidata", quarterRows},
	{"penerima", "2022-01-31", "walidata2", "walidata", familyRows},
	{"bangkalan", "2023-09-04", "bangkalan", "walidata", verifiedRows},
	{"penerima", "2024-02-05", "walidata2", "walidata", familyRows},
	{"wirausaha", "2026-01-26", "walidata2", "walidata", businessRows},
	{"bps", "2026-02-02", "walidata2", "walidata", povertyRows},
	{"rekap", "2026-02-02", "walidata2", "walidata", quarterRows},
	{"penerima", "2026-02-09", "walidata2", "walidata", familyRows},
}

// deliver plays the files of rows.
func (w *world) deliver() {
	for _, d := range deliveries {
		var n int64
		day := w.workday(d.day.Add(-1), 1)
		w.at(day, 1, func() { w.do(func() (err error) { n, err = w.bringRows(d); return err }) })
		w.at(w.workday(day, 2), 1, func() {
			w.do(func() error {
				return w.say(w.store.AcceptDatasetVersion(w.ctx, w.by(d.takes, ""), w.datasets[d.dataset], n))
			})
		})
	}
}

// bringRows takes a file in as a version that waits, and gives its number.
func (w *world) bringRows(d delivery) (int64, error) {
	var before int
	if _, err := fmt.Sscanf(string(d.day), "%4d", &before); err != nil {
		return 0, err
	}
	rows, err := d.rows(before)
	if err != nil {
		return 0, err
	}
	c, err := contractOf(d.dataset)
	if err != nil {
		return 0, err
	}
	contents := w.store.Contents()
	file := fmt.Sprintf("%s-sampai-%d.csv", c.Name, before-1)
	found, err := intake.Take(w.ctx, file, intake.Options{From: bytes.NewReader([]byte(rows)), Contract: c, Ring: w.means.Ring, Keep: &contents, Lang: i18n.ID, Figures: intake.OfficialFigures(w.store)})
	if err != nil {
		return 0, err
	}
	_, n, _, err := intake.Stage(w.ctx, w.store, w.by(d.brings, ""), registry.Dataset{ID: w.ids(w.datasets, []string{d.dataset})[0]}, found)
	return n, err
}

// povertyRows are the official rates of the years before a year.
func povertyRows(before int) (string, error) {
	regions, err := official.Regions()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("kode_wilayah,tahun,p0_persen\n")
	for _, r := range regions {
		for year := official.FirstYear; year < before && year <= official.LastYear; year++ {
			if r.P0[year] > 0 {
				fmt.Fprintf(&b, "%d,%d,%.2f\n", r.Code, year, r.P0[year])
			}
		}
	}
	return b.String(), nil
}

// quarterRows are what the world paid, by quarter, in the years before a year.
func quarterRows(before int) (string, error) {
	var b strings.Builder
	b.WriteString("kode_wilayah,tahun,triwulan,program,keluarga,nilai_rupiah\n")
	for year := firstFigures; year < before; year++ {
		all, err := payments(year)
		if err != nil {
			return "", err
		}
		for _, p := range all {
			fmt.Fprintf(&b, "%s,%d,%d,%s,%d,%d\n", p.region, year, 4/p.flow.stages*p.stage, p.flow.writes, p.received, p.received*p.flow.each)
		}
	}
	return b.String(), nil
}

// drawFor is the chance of one region's families of a dataset.
func drawFor(dataset, region string) *rand.Rand {
	seed := uint64(figuresSeed)
	for _, c := range []byte(dataset + region) {
		seed = seed*131 + uint64(c)
	}
	return rand.New(rand.NewPCG(figuresSeed, seed))
}

// village and family are written so that nobody takes them for real ones.
func village(region string, v int) string   { return fmt.Sprintf("%s-C%02d", region, v+1) }
func family(region string, v, f int) string { return fmt.Sprintf("C%s%02d%02d", region, v+1, f+1) }

// whole rounds to a whole number that is not below zero; the product is rounded by
// itself, so that every machine draws the same.
func whole(x float64) int { return max(0, int(math.Round(x))) }

func normal(draw *rand.Rand, sd float64) float64 { return float64(sd * draw.NormFloat64()) }

var ages = []string{"60-69", "70-79", "80+"}

// familyRows are families with elderly people, a row a year: PKH Plus reached a
// quarter of the villages in each of three years, and a quarter never.
func familyRows(before int) (string, error) {
	var b strings.Builder
	b.WriteString("no_keluarga,kode_wilayah,kode_desa,tahun,jenis_kelamin,kelompok_umur,desil,mulai,nilai_rupiah,pengeluaran\n")
	for _, region := range paneled {
		draw := drawFor("penerima", region)
		code, err := strconv.Atoi(region)
		if err != nil {
			return "", err
		}
		level := 820 + 160*draw.Float64()
		order := draw.Perm(villages)
		for v := range villages {
			first := 0
			if wave := order[v] % 4; wave < 3 {
				first = firstFigures + wave
			}
			here := normal(draw, 60)
			for f := range families {
				own := normal(draw, 130)
				sex, age, desil := []string{"L", "P"}[draw.IntN(2)], ages[min(2, draw.IntN(4))], 1+draw.IntN(4)
				// Later years draw after earlier ones, so that a later file says the same of them.
				yearly := rand.New(rand.NewPCG(draw.Uint64(), draw.Uint64()))
				for year := firstRows; year < before; year++ {
					spends := level + here + own + float64(24*(year-firstRows)) + normal(yearly, 110)
					starts, paid := "", 0
					if first != 0 && first < before {
						starts = fmt.Sprint(first)
					}
					if first != 0 && year >= first {
						spends += plusGain + float64(plusGrowth*float64(year-first)) - float64(lateCosts*float64(MonthsLate(code, year)))
						paid = 2_000_000
					}
					fmt.Fprintf(&b, "%s,%s,%s,%d,%s,%s,%d,%s,%d,%d\n", family(region, v, f), region, village(region, v), year, sex, age, desil, starts, paid, whole(spends))
				}
			}
		}
	}
	return b.String(), nil
}

// verifiedRows are the families of Bangkalan that were visited in the year before: a
// lot chose the villages to which two officers came.
func verifiedRows(before int) (string, error) {
	var b strings.Builder
	b.WriteString("no_keluarga,kode_wilayah,kode_desa,tahun,jenis_kelamin,desil,dua_petugas,sesuai\n")
	draw := drawFor("bangkalan", bangkalan)
	order := draw.Perm(2 * villages)
	for v := range 2 * villages {
		two := order[v] % 2
		here := 0.68 + normal(draw, 0.05)
		for f := range families {
			agrees := 0
			if draw.Float64() < here+float64(twoOfficers*float64(two)) {
				agrees = 1
			}
			fmt.Fprintf(&b, "%s,%s,%s,%d,%s,%d,%d,%d\n", family(bangkalan, v, f), bangkalan, village(bangkalan, v), before-1, []string{"L", "P"}[draw.IntN(2)], 1+draw.IntN(6), two, agrees)
		}
	}
	return b.String(), nil
}

// businessRows are the women who put themselves down for KIP Putri Jawara, in the
// year before.
func businessRows(before int) (string, error) {
	where := flows[slices.IndexFunc(flows, func(f flow) bool { return f.key == "kip" })].where
	var b strings.Builder
	b.WriteString("no_keluarga,kode_wilayah,kode_desa,tahun,desil,terpilih,pendapatan_awal,pendapatan\n")
	for _, region := range where {
		draw := drawFor("wirausaha", region)
		order := draw.Perm(villages / 4)
		for v := range villages / 4 {
			drawn := order[v] % 2
			here := normal(draw, 90)
			for f := range families {
				at := 1100 + here + normal(draw, 300)
				after := at + 60 + normal(draw, 240) + float64(capitalGains*float64(drawn))
				fmt.Fprintf(&b, "%s,%s,%s,%d,%d,%d,%d,%d\n", family(region, v, f), region, village(region, v), before-1, 1+draw.IntN(5), drawn, whole(at), whole(after))
			}
		}
	}
	return b.String(), nil
}

// recordStatistics has the province record the official figures once a year, as the
// program carries them; of a figure that the copy has no day of release for, the day
// on which it is recorded stands in its place, which the source says.
func (w *world) recordStatistics() {
	all, err := official.Statistics()
	if err != nil {
		w.err = err
		return
	}
	of := map[registry.Day][]registry.Statistic{}
	for _, s := range all {
		day := recorded(s.Period)
		of[day] = append(of[day], s)
	}
	for day, rows := range of {
		w.statistics(day, rows)
	}
}

// recorded is about the day on which figures of a period are recorded; those of
// before the record are its first.
func recorded(period string) registry.Day {
	year, month := period[:4], period[5:]
	day := registry.Day(year + "-12-15")
	if month == "09" {
		day = day.Add(62)
	}
	return max(begins.Add(8), day)
}

func (w *world) statistics(day registry.Day, rows []registry.Statistic) {
	day = w.workday(day.Add(-1), 1)
	w.at(day, 2, func() {
		w.do(func() error {
			by := w.by("walidata", "Disalin dari angka BPS yang dibawa program")
			_, _, err := w.store.RecordStatistics(w.ctx, by, registry.StatisticBatch{Owner: w.offices[province], Release: day, Source: official.Publisher.ID + ", menurut hari dicatat"}, rows)
			return err
		})
	})
}
