package record

import (
	"errors"
	"fmt"
	"path"
	"slices"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/answers"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/evidence"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

// step is a step of a study: a day as in act, who, what they do, and what they say.
type step struct{ day, who, does, says string }

// inquiry is what a study of the world says that it does, and its way from there. Its
// runs are computed by the worker of the pages, on the rows that came in.
type inquiry struct {
	permit  string // its key, whose study it is; empty: a study that has none yet
	title   string // of one that has none
	plan    string // file of data
	source  string // in the plan
	dataset string // key
	about   study.Hypothesis
	before  study.Baseline
	setting study.Setting
	steps   []step
}

func planned(n int64) *int64 { return &n }

var plusSetting = study.Setting{
	Abstract:     "Membandingkan perubahan pengeluaran keluarga di desa yang dijangkau PKH Plus dengan desa yang belum.",
	Intervention: "Bantuan tunai PKH Plus bagi keluarga dengan penduduk lanjut usia, empat kali setahun.",
	Assignment:   "Desa dijangkau bertahap sejak 2021 menurut kemampuan anggaran.",
	Given:        registry.Period{From: "2021-01-01", Until: "2023-12-31"},
	Studied:      registry.Period{From: "2018-01-01", Until: "2023-12-31"},
}

var inquiries = []inquiry{
	{
		permit: "lansia-2024", plan: "lansia", source: "penerima", dataset: "penerima",
		about:  study.Hypothesis{Outcome: "pengeluaran", Expects: study.Rises, Why: "bantuan tunai dibelanjakan oleh keluarga"},
		before: study.Baseline{From: "2018", Until: "2020"}, setting: plusSetting,
		steps: []step{
			{"2024-02-19", "peneliti", "write", ""},
			{"2024-02-20", "peneliti", "try", ""},
			{"2024-02-21", "peneliti", "lock", ""},
			{"2024-03-11", "peneliti", "run", ""},
			{"2024-03-18", "peneliti", "request", "Hanya angka dalam laporan; tidak ada tabel menurut desa."},
			{"2024-03-20", "pemeriksa", "question", "Dari berapa keluarga angka tiap kelompok tahun dihitung?"},
			{"2024-03-22", "peneliti", "reply", "Paling sedikit 120 keluarga di sepuluh desa; desa tidak disebut di mana pun."},
			{"2024-03-25", "pemeriksa", "release", ""},
			{"2024-04-03", "peneliti", "propose", ""},
			{"2024-04-22", "kepala.balai", "publish", ""},
		},
	},
	{
		permit: "plus", plan: "plus", source: "penerima", dataset: "penerima",
		about:  study.Hypothesis{Outcome: "pengeluaran", Expects: study.Rises, Why: "seperti pada studi sebelumnya di tiga kabupaten lain"},
		before: study.Baseline{From: "2018", Until: "2020"}, setting: plusSetting,
		steps: []step{
			{"-47", "peneliti", "write", ""},
			{"-46", "peneliti", "try", ""},
			{"-45", "peneliti", "lock", ""},
			{"-12", "peneliti", "run", ""},
			{"-3", "peneliti", "request", "Angka menurut kabupaten tidak termasuk."},
		},
	},
	{
		permit: "verifikasi", plan: "verifikasi", source: "verifikasi", dataset: "bangkalan",
		about: study.Hypothesis{Outcome: "sesuai", Expects: study.Rises, Why: "dua petugas saling memeriksa"},
		setting: study.Setting{Abstract: "Membandingkan hasil verifikasi di desa yang didatangi dua petugas dengan desa yang didatangi satu petugas.",
			Intervention: "Verifikasi lapangan oleh dua petugas.", Assignment: "Desa diundi oleh Dinas Sosial Kabupaten Bangkalan.", Clusters: planned(2 * villages), Observations: planned(2 * villages * families)},
		steps: []step{{"-8", "peneliti2", "write", ""}, {"-7", "peneliti2", "try", ""}, {"-6", "peneliti2", "lock", ""}},
	},
	{
		title: "Dampak KIP Putri Jawara pada Pendapatan Perempuan Kepala Keluarga", plan: "wirausaha", source: "pendaftar", dataset: "wirausaha",
		about: study.Hypothesis{Outcome: "pendapatan", Expects: study.Rises},
		setting: study.Setting{Abstract: "Membandingkan pendaftar di desa yang terpilih dalam undian dengan yang tidak terpilih.",
			Intervention: "Modal usaha dan pendampingan.", Assignment: "Desa diundi karena pendaftar lebih banyak daripada tempat."},
		steps: []step{{"-2", "peneliti2", "draft", ""}},
	},
}

// inquire plays the studies, but for those whose permit is left out on this day.
func (w *world) inquire() {
	for _, q := range inquiries {
		if i := slices.IndexFunc(permits, func(p permit) bool { return p.key == q.permit }); i >= 0 && w.leftOut(permits[i]) {
			continue
		}
		id, run, finding := "", "", ""
		for _, s := range q.steps {
			w.at(w.day(s.day), 4, func() {
				if id == "" {
					id = w.studies[q.permit]
				}
				w.read(s.who)
				w.do(func() error { return w.take(q, s, &id, &run, &finding) })
			})
		}
	}
}

// protocol is what a study says that it does; false: its dataset has no rows yet.
func (w *world) protocol(q inquiry) (p study.Protocol, ok bool, err error) {
	plan, err := shipped.ReadFile(path.Join("data", q.plan+".yaml"))
	if err != nil {
		return p, false, err
	}
	var d registry.Dataset
	if err := w.store.View(w.ctx, func(r *store.Reader) (err error) {
		d, _, err = store.DatasetOf(r, w.datasets[q.dataset])
		return err
	}); err != nil {
		return p, false, err
	}
	v, ok := d.Current()
	use := study.Use{Name: q.source, Dataset: d.ID, Contract: v.Contract, Period: "tahun"}
	if q.before != (study.Baseline{}) {
		use.Baseline = &q.before
	}
	return study.Protocol{Plan: string(plan), Hypotheses: []study.Hypothesis{q.about}, Data: []study.Use{use}, Setting: q.setting}, ok, nil
}

// take carries out a step of a study, by the commands that its people have on the pages.
func (w *world) take(q inquiry, s step, id, run, finding *string) error {
	by := w.by(s.who, s.says)
	switch s.does {
	case "draft", "write":
		p, ok, err := w.protocol(q)
		if err != nil || !ok {
			return err
		}
		if s.does == "write" {
			return w.say(w.store.EditStudy(w.ctx, by, *id, p))
		}
		_, _, err = w.store.DraftStudy(w.ctx, by, study.Study{Title: q.title, Position: by.Actor.Position, User: by.Actor.User, Purpose: "evaluation", Programmes: w.ids(w.programmes, []string{"kip"}), Draft: &p})
		return err
	case "lock":
		return w.say(w.store.LockStudy(w.ctx, by, *id))
	case "try", "run":
		return w.compute(by, *id, s.does == "try", run)
	case "request":
		return w.say(w.store.RequestRelease(w.ctx, by, *run))
	case "question":
		return w.say(w.store.QuestionRelease(w.ctx, by, *run))
	case "reply":
		return w.say(w.store.AnswerQuestion(w.ctx, by, *run))
	case "release":
		return w.release(by, *run)
	case "propose":
		return w.propose(by, q, *run, finding)
	case "publish":
		return w.say(w.store.ReleaseFinding(w.ctx, by, *finding))
	}
	return errors.New("the demo knows no step " + s.does)
}

// compute asks for a run and has the worker do it.
func (w *world) compute(by store.By, of string, made bool, run *string) error {
	var err error
	if *run, _, err = w.store.QueueRun(w.ctx, by, of, store.RunAsk{Dummy: made, Limits: study.UsualLimits}); err != nil {
		return err
	}
	if err := w.means.Work(w.ctx); err != nil {
		return err
	}
	x, err := w.runOf(*run)
	if err == nil && x.State != study.Done {
		err = fmt.Errorf("the run of the demo is %s: %+v", x.State, x.Problems)
	}
	return err
}

func (w *world) runOf(id string) (x study.Run, err error) {
	err = w.store.View(w.ctx, func(r *store.Reader) (err error) {
		x, _, err = store.RunOf(r, id)
		return err
	})
	return x, err
}

// release has a checker read what a run answered and let all of it go that the first
// gate has not kept back.
func (w *world) release(by store.By, run string) error {
	var who access.Standing
	if err := w.store.View(w.ctx, func(r *store.Reader) (err error) {
		who, err = store.Who(r, by.Actor.User, w.clock.Now())
		return err
	}); err != nil {
		return err
	}
	if _, err := answers.Open(w.ctx, w.store, event.Actor{User: by.Actor.User, Via: event.Web}, who, run); err != nil {
		return err
	}
	_, _, err := answers.Release(w.ctx, w.store, by, run, nil, false)
	return err
}

// propose makes the finding of a run: the effect over all groups and years, in a
// sentence.
func (w *world) propose(by store.By, q inquiry, run string, finding *string) error {
	x, err := w.runOf(run)
	if err != nil {
		return err
	}
	left, err := answers.Left(w.store.Contents(), x)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(left, func(n answers.Number) bool { return n.Term == "simple" })
	if i < 0 || *left[i].Lower <= 0 { // the sentence would not be true
		return errors.New("the finding of the demo has no effect to tell")
	}
	f := evidence.Finding{Run: run, Programme: w.programmes["pkh-plus"], Outcome: q.about.Outcome, Applies: evidence.Applies{Whom: "keluarga dengan penduduk lanjut usia"},
		Sentence: registry.Words{
			ID: "PKH Plus menaikkan pengeluaran keluarga dengan penduduk lanjut usia sekitar " + i18n.Number(i18n.ID, *left[i].Estimate, 0) + " ribu rupiah per orang sebulan.",
			EN: "PKH Plus raises the spending of families with elderly people by about " + i18n.Number(i18n.EN, *left[i].Estimate, 0) + " thousand rupiah per person and month.",
		}}
	if err := w.store.View(w.ctx, func(r *store.Reader) (err error) {
		f, err = answers.Finding(r, w.store.Contents(), f, left[i].Key)
		return err
	}); err != nil {
		return err
	}
	*finding, _, err = w.store.ProposeFinding(w.ctx, by, f)
	return err
}
