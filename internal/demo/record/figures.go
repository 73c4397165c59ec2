package record

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/demo/official"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/intake"
	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/intake/figures"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
)

// The figures of the programmes are invented, drawn with a seed: quotas follow the
// official numbers of poor people, what is reached falls where money comes late, as
// in the world of households (MonthsLate). They come in as the offices' own files,
// through the readers, and a second person accepts each.

// figuresSeed makes the same figures in every demo.
const figuresSeed = 20200921

// firstFigures is the first year of which tables come in.
const firstFigures = 2021

// familySize turns people into families, roughly.
const familySize = 3.6

// MonthsLate says by how many months the money of a year came late in a region:
// invented, and worst in 2021.
func MonthsLate(code, year int) int {
	late := (code*7 + year*3) % 5
	if year == 2021 {
		late += 2
	}
	return late
}

// flow is how one programme of the world is paid.
type flow struct {
	key    string // of the programme
	writes string // as the office writes it
	fund   string // as the contract spells it
	each   int64  // rupiah for a recipient and payment
	stages int
	from   int
	quota  func(poor float64, year int) float64 // from the number of poor people of a region
	where  []string                             // none: everywhere
	used   bool                                 // its transactions are known
}

var flows = []flow{
	{"pkh", "PKH", "APBN", 700_000, 4, firstFigures, func(poor float64, year int) float64 {
		return poor / familySize * (1.30 + 0.02*float64(year-firstFigures))
	}, nil, true},
	{"sembako", "BPNT", "APBN", 600_000, 4, firstFigures, func(poor float64, _ int) float64 { return poor / familySize * 2.1 }, nil, true},
	{"pkh-plus", "PKH Plus", "APBD provinsi", 500_000, 4, firstFigures, func(poor float64, year int) float64 { return poor * (0.0080 + 0.0009*float64(year-firstFigures)) }, nil, false},
	{"aspd", "ASPD", "APBD provinsi", 900_000, 4, firstFigures, func(poor float64, _ int) float64 { return poor * 0.00105 }, nil, false},
	{"kip", "KIP Putri Jawara", "APBD provinsi", 3_000_000, 1, 2024, func(poor float64, _ int) float64 { return poor * 0.0009 },
		[]string{"3504", "3506", "3507", "3510", "3513", "3514", "3515", "3516", "3517", "3525", "3526", "3571", "3574", "3578", "3579"}, false},
}

// reasons are why payments fail in the world.
var reasons = []string{"rekening tidak aktif", "pindah alamat", "meninggal dunia", "data tidak padan"}

// payment is one row of the world's disbursements.
type payment struct {
	flow                           flow
	year, stage                    int
	region                         string
	quota, decided, received, used int64 // recipients; used -1: not known
	reason                         string
	due, paid                      registry.Day
	spent                          int64 // rupiah ordered to be paid so far in the year
	moneyQuota, moneyDecided       int64
}

// payments are all of a year, in order of programme, region and stage.
func payments(year int) ([]payment, error) {
	regions, err := official.Regions()
	if err != nil {
		return nil, err
	}
	var all []payment
	for _, f := range flows {
		if year < f.from {
			continue
		}
		for _, r := range regions {
			code := fmt.Sprint(r.Code)
			if f.where != nil && !slices.Contains(f.where, code) {
				continue
			}
			draw := rand.New(rand.NewPCG(figuresSeed, uint64(r.Code*10_000+year)))
			poor := float64(r.Population) * r.P0[min(year, official.LastYear)] / 100
			quota := int64(f.quota(poor, year)) + 1
			late := MonthsLate(r.Code, year)
			var sum int64
			for stage := 1; stage <= f.stages; stage++ {
				p := payment{flow: f, year: year, stage: stage, region: code, quota: quota, used: -1}
				p.decided = quota - int64(float64(quota)*0.04*draw.Float64())
				p.received = p.decided - int64(float64(p.decided)*(0.01+0.012*float64(late)+0.02*draw.Float64()))
				if f.used && r.Code%5 != 0 { // some regions do not report transactions
					p.used = p.received - int64(float64(p.received)*(0.01+0.05*draw.Float64()))
				}
				if p.received < p.decided {
					p.reason = reasons[draw.IntN(len(reasons))]
				}
				p.due = registry.Day(fmt.Sprintf("%d-%02d-28", year, 12/f.stages*stage))
				p.paid = p.due.Add(12*late - 7 + draw.IntN(9))
				p.moneyQuota, p.moneyDecided = quota*f.each, p.decided*f.each
				sum += p.moneyDecided
				p.spent = sum
				all = append(all, p)
			}
		}
	}
	return all, nil
}

// rupiah writes a whole number as offices do.
func rupiah(n int64) string { return i18n.Number(i18n.ID, float64(n), 0) }

// kemendagri writes the code of a kabupaten or kota with its point.
func kemendagri(code string) string { return code[:2] + "." + code[2:] }

var roman = []string{"I", "II", "III", "IV"}

// rekap is a table of disbursements as the office keeps it.
func rekap(title string, all []payment) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n(CONTOH - ANGKA REKAAN)\n\nNo;Nama Program;Tahun;Tahap;Kode Kab/Kota;Kuota KPM;KPM Penetapan;KPM Berhasil Salur;KPM Gagal Salur;Alasan Gagal Salur;KPM Transaksi;Nominal Kuota;Nominal SP2D;Nominal Salur;Nominal Gagal Salur;Nominal Transaksi;Tanggal Salur\n", title)
	for i, p := range all {
		used, usedMoney := "...", "..."
		if p.used >= 0 {
			used, usedMoney = rupiah(p.used), rupiah(p.used*p.flow.each)
		}
		day := string(p.paid)
		fmt.Fprintf(&b, "%d;%s;%d;Tahap %s;%s;%s;%s;%s;%s;%s;%s;%s;%s;%s;%s;%s;%s\n", i+1, p.flow.writes, p.year, roman[p.stage-1], kemendagri(p.region),
			rupiah(p.quota), rupiah(p.decided), rupiah(p.received), rupiah(p.decided-p.received), p.reason, used,
			rupiah(p.moneyQuota), rupiah(p.moneyDecided), rupiah(p.received*p.flow.each), rupiah((p.decided-p.received)*p.flow.each), usedMoney, day[8:]+"/"+day[5:7]+"/"+day[:4])
	}
	return b.String()
}

// anggaran is a table of budgets as the office keeps it, with what was spent up to a
// day.
func anggaran(year int, position registry.Day, all []payment) string {
	var b strings.Builder
	fmt.Fprintf(&b, "PAGU DAN REALISASI PROGRAM TAHUN %d\n(CONTOH - ANGKA REKAAN)\n\nTahun Anggaran;Nama Program;Kode Kab/Kota;Sumber Dana;Pagu Murni;Pagu Perubahan;Realisasi;Posisi\n", year)
	for i := 0; i < len(all); i += all[i].flow.stages {
		of := all[i : i+all[i].flow.stages]
		p := of[0]
		first := p.moneyQuota * int64(p.flow.stages)
		revised, spent := "-", int64(0)
		if position[5:7] == "12" && (p.flow.key == "pkh-plus" || p.flow.key == "sembako") {
			revised = rupiah(first + first/20)
		}
		for _, x := range of {
			if x.due <= position {
				spent = x.spent
			}
		}
		fmt.Fprintf(&b, "%d;%s;%s;%s;%s;%s;%s;%s/%s/%s\n", year, p.flow.writes, kemendagri(p.region), p.flow.fund, rupiah(first), revised, rupiah(spent), position[8:], position[5:7], position[:4])
	}
	return b.String()
}

// bring has somebody bring a table in on the first working day after a day, by the
// reader of files and the contract, and somebody else accept it two working days
// later; nobody: it waits.
func (w *world) bring(day registry.Day, who, accepts, office, layout, file string, text func() (string, error)) {
	var id string
	day = w.workday(day, 1)
	w.at(day, 2, func() {
		w.do(func() error {
			table, err := text()
			if err != nil {
				return err
			}
			c, _ := contract.Named(layout)
			kind, _ := figures.For(c)
			var ground registry.FigureGround
			if err := w.store.View(w.ctx, func(r *store.Reader) (err error) {
				ground, err = store.FigureGroundOf(r, w.offices[office])
				return err
			}); err != nil {
				return err
			}
			rows := figures.New(kind, ground)
			contents := w.store.Contents()
			found, err := intake.Take(w.ctx, file, intake.Options{From: bytes.NewReader([]byte(table)), Contract: c, Rows: rows.Rows, Keep: &contents, Lang: i18n.ID})
			if err != nil {
				return err
			}
			if len(rows.Lines().Budget)+len(rows.Lines().Disbursement) == 0 {
				return errors.New("the demo's " + file + " has no line")
			}
			id, _, err = w.store.StageFigures(w.ctx, w.by(who, ""), registry.FigureBatch{Owner: w.offices[office], Kind: kind, File: file, SHA256: found.SHA256, Quality: found.Quality, Rejected: found.Rows.Rejected}, rows.Lines())
			return err
		})
	})
	if accepts == "" {
		return
	}
	w.at(w.workday(day, 2), 3, func() {
		w.do(func() error { return w.say(w.store.AcceptFigures(w.ctx, w.by(accepts, ""), id)) })
	})
}

// until keeps the payments that were made up to a day.
func until(all []payment, day registry.Day) []payment {
	return slices.DeleteFunc(slices.Clone(all), func(p payment) bool { return p.paid > day })
}

// ledger plays the tables of all years up to the demo's day: twice a year what was
// paid and what was spent.
func (w *world) ledger() {
	for year := firstFigures; fmt.Sprintf("%d-09-01", year) < string(w.today); year++ {
		y := func(next int, monthDay string) registry.Day {
			return registry.Day(fmt.Sprintf("%d-%s", year+next, monthDay))
		}
		of := func(pick func(payment) bool) func() (string, error) {
			return func() (string, error) {
				all, err := payments(year)
				return rekap(fmt.Sprintf("REKAP PENYALURAN BANTUAN SOSIAL JAWA TIMUR TAHUN %d", year), slices.DeleteFunc(until(all, registry.DayOf(w.clock.Now())), func(p payment) bool { return !pick(p) })), err
			}
		}
		// Sumenep's last payment of 2023 never reached the table: a part that is missing.
		gap := func(p payment) bool { return p.year == 2023 && p.region == sumenep && p.stage == 4 }
		w.bring(y(0, "09-15"), "walidata2", "walidata", province, contract.Disbursements, fmt.Sprintf("rekap-penyaluran-%d-semester-1.csv", year), of(func(p payment) bool { return p.flow.stages == 4 && p.stage <= 2 }))
		w.bring(y(1, "03-20"), "walidata2", "walidata", province, contract.Disbursements, fmt.Sprintf("rekap-penyaluran-%d-semester-2.csv", year), of(func(p payment) bool { return (p.flow.stages < 4 || p.stage > 2) && !gap(p) }))
		for _, position := range []registry.Day{y(0, "09-30"), y(0, "12-31")} {
			w.bring(position.Add(24), "walidata2", "walidata", province, contract.Budgets, fmt.Sprintf("anggaran-%d-posisi-%s.csv", year, position[5:]), func() (string, error) {
				all, err := payments(year)
				return anggaran(year, position, all), err
			})
		}
	}
	w.ownTables()
}

// ownTables are those of kabupaten themselves: their own programmes, a correction,
// the kecamatan of one, and one that waits.
func (w *world) ownTables() {
	one := func(year int, pick func(payment) bool, edit func(*payment)) func() (string, error) {
		return func() (string, error) {
			all, err := payments(year)
			all = slices.DeleteFunc(all, func(p payment) bool { return !pick(p) })
			for i := range all {
				edit(&all[i])
			}
			return rekap("REKAP PENYALURAN", all), err
		}
	}
	w.bring("2025-06-10", "malang", "walidata", "Dinsos Malang", contract.Disbursements, "perbaikan-pkh-2024-tahap-4.csv", one(2024,
		func(p payment) bool { return p.flow.key == "pkh" && p.region == malang && p.stage == 4 },
		func(p *payment) { p.received -= p.received / 25 }))
	// Its own office has counted by kecamatan; a row of the neighbour slipped in.
	w.bring("2026-04-14", "bangkalan", "walidata", "Dinsos Bangkalan", contract.Disbursements, "pkh-2025-per-kecamatan.csv", func() (string, error) {
		all, err := payments(2025)
		var rows []payment
		for _, p := range all {
			if p.flow.key != "pkh" || p.region != bangkalan || p.stage > 2 {
				continue
			}
			for n := range int64(bangkalanDistricts) {
				q := p
				q.region = fmt.Sprintf("%s%02d", bangkalan, n+1)
				share := func(v int64) int64 { return v/bangkalanDistricts + min(1, max(0, v%bangkalanDistricts-n)) }
				q.quota, q.decided, q.received = share(p.quota), share(p.decided), share(p.received)-2 // who moved counts nowhere
				q.used = -1
				q.moneyQuota, q.moneyDecided = q.quota*p.flow.each, q.decided*p.flow.each
				rows = append(rows, q)
			}
		}
		stray := rows[0]
		stray.region = sampang
		return rekap("REKAP PENYALURAN PKH PER KECAMATAN", append(rows, stray)), err
	})
	for year := 2022; fmt.Sprintf("%d-02-10", year+1) < string(w.today); year++ {
		w.bring(registry.Day(fmt.Sprintf("%d-02-03", year+1)), "banyuwangi", "walidata", "Dinsos Banyuwangi", contract.Budgets, fmt.Sprintf("anggaran-bantuan-lansia-%d.csv", year), func() (string, error) {
			pagu := int64(1_800_000_000 + 150_000_000*(year-2022))
			return fmt.Sprintf("PAGU DAN REALISASI\n(CONTOH - ANGKA REKAAN)\n\nTahun Anggaran;Nama Program;Kode Kab/Kota;Sumber Dana;Pagu Murni;Pagu Perubahan;Realisasi;Posisi\n%d;%s;%s;APBD kab/kota;%s;-;%s;31/12/%d\n",
				year, elderly.id, kemendagri(banyuwangi), rupiah(pagu), rupiah(pagu/100*93), year), nil
		})
	}
	// The newest one waits for a second person.
	waits := w.workday(w.today, -4)
	year := 0
	if _, err := fmt.Sscanf(string(waits), "%4d", &year); err != nil || year < firstFigures+1 {
		return
	}
	w.bring(waits, "banyuwangi", "", "Dinsos Banyuwangi", contract.Disbursements, fmt.Sprintf("pkh-plus-%d-tahap-2.csv", year), one(year,
		func(p payment) bool { return p.flow.key == "pkh-plus" && p.region == banyuwangi && p.stage == 2 },
		func(p *payment) { p.received -= 14 }))
}

// bangkalanDistricts is how many kecamatan Kabupaten Bangkalan has.
const bangkalanDistricts = 18

// elderly is a kabupaten's own programme.
var elderly = programme{key: "lansia-banyuwangi", id: "Bantuan Lansia Banyuwangi (contoh)", en: "Assistance for the elderly of Banyuwangi (example)", owner: "Dinsos Banyuwangi", from: "2022-01-03"}

// register tells, from a day on, of each programme what sources say of it, enters
// the others that they know, and has one proposed.
func (w *world) register() {
	w.at("2022-01-17", 2, func() {
		w.do(func() (err error) {
			w.programmes[elderly.key], _, err = w.store.RegisterProgramme(w.ctx, w.by("banyuwangi", ""), registry.Programme{Owner: w.offices[elderly.owner], Names: registry.Words{ID: elderly.id, EN: elderly.en},
				Period: registry.Period{From: elderly.from}, Kind: registry.FoodKind, Counts: registry.Persons, Source: "rekaan"})
			return err
		})
	})
	w.at("2026-02-16", 2, func() {
		known := map[string]registry.KnownProgramme{}
		for _, k := range registry.KnownProgrammes() {
			known[k.Code] = k
		}
		for _, p := range programmes {
			w.do(func() error {
				var old registry.Programme
				err := w.store.View(w.ctx, func(r *store.Reader) (err error) {
					old, _, err = store.ProgrammeOf(r, w.programmes[p.key])
					return err
				})
				if err != nil {
					return err
				}
				next := known[p.known].Programme
				next.Names, next.Period = old.Names, old.Period
				by := w.by("analis", "Dilengkapi dengan sumber yang terbit")
				if p.owner != province {
					by = machine()
				}
				return w.say(w.store.EditProgramme(w.ctx, by, old.ID, next))
			})
		}
		w.do(func() error {
			_, err := w.store.RegisterKnownProgrammes(w.ctx, machine(), w.offices["Kemensos"], w.offices[province])
			return err
		})
	})
	w.at("2026-09-07", 2, func() {
		w.do(func() error {
			_, _, err := w.store.ProposeProgramme(w.ctx, w.by("analis", "Usulan untuk RAPBD 2027"), registry.Programme{Owner: w.offices[province], Names: registry.Words{ID: "PKH Plus Disabilitas (contoh)", EN: "PKH Plus for disability (example)"},
				Period: registry.Period{From: "2027-01-01"}, Variant: &registry.Variant{Of: w.programmes["pkh"], Sort: registry.Extends}, Kind: registry.CashKind, Counts: registry.Persons, Source: "rekaan",
				Target: registry.Words{ID: "penyandang disabilitas berat dalam keluarga penerima PKH", EN: "severely disabled people in families who receive PKH"}})
			return err
		})
	})
}
