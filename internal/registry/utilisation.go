package registry

import (
	"cmp"
	"maps"
	"slices"
)

// Utilisation is how far what was allocated to a programme was used: allocated,
// disbursed, received, used, in money and in recipients. Each number says in which
// sense it is meant and which tables it rests on. What no table says is nil, never 0, and a number
// of which a part is missing says so.

// Sense is what a number at a station of use is.
type Sense string

// The senses.
const (
	RevisedBudget  Sense = "revised-budget"  // allocated: pagu perubahan
	OriginalBudget Sense = "original-budget" // allocated: pagu murni, where no change is recorded
	QuotaSense     Sense = "quota"           // allocated: kuota
	SpentSense     Sense = "spent"           // disbursed: realisasi
	OrderedSense   Sense = "ordered"         // disbursed: perintah bayar; of recipients, decided on
	ReceivedSense  Sense = "received"        // received: berhasil salur
	FailedSense    Sense = "failed"          // not received: gagal salur
	UsedSense      Sense = "used"            // used: transaksi
)

// Measure is one number of use.
type Measure struct {
	Value   *int64   // nil: no table says
	Senses  []Sense  // of its parts, each once; none without a value
	Batches []string // ids of the tables that it rests on, sorted
	// Have of Want parts have the number: of a year in a region its payments (or its
	// funds), of a province its kabupaten and kota. Want 0: how many there should be
	// is not known.
	Have, Want int
	partial    bool // a part is itself partial
}

// Partial tells that the number is there and a part of it is missing.
func (m Measure) Partial() bool { return m.Value != nil && (m.partial || m.Have < m.Want) }

// Ratio is one number as a share of another.
type Ratio struct {
	Value   *float64 // nil: one of them is missing, or the whole is 0
	Partial bool     // one of them is partial, so that they may be of different parts
}

// Of gives the measure as a share of another.
func (m Measure) Of(whole Measure) Ratio {
	if m.Value == nil || whole.Value == nil || *whole.Value == 0 {
		return Ratio{}
	}
	v := float64(*m.Value) / float64(*whole.Value)
	return Ratio{&v, m.Partial() || whole.Partial()}
}

// join adds a part to a sum; parts of which nothing is known are counted by the
// caller in Want.
func (m *Measure) join(o Measure) {
	if o.Value == nil {
		return
	}
	m.Value = plus(m.Value, o.Value)
	m.Senses = appendNew(m.Senses, o.Senses...)
	m.Batches = sorted(append(m.Batches, o.Batches...))
	m.Have++
	m.partial = m.partial || o.Partial()
}

func appendNew[T comparable](all []T, more ...T) []T {
	for _, v := range more {
		if !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	return all
}

// Funnel is the four stations of use.
type Funnel struct{ Allocated, Disbursed, Received, Used Measure }

func (f *Funnel) measures() []*Measure {
	return []*Measure{&f.Allocated, &f.Disbursed, &f.Received, &f.Used}
}

// Station names a station of a funnel.
type Station string

// The stations.
const (
	Allocated Station = "allocated"
	Disbursed Station = "disbursed"
	Received  Station = "received"
	Used      Station = "used"
)

// Beside is what other tables say of the same station; it is compared, not added.
type Beside struct {
	Station Station
	Measure
}

// StageUse is one payment of a year.
type StageUse struct {
	Stage             string
	Money, Recipients Funnel
	Paid              Day      // on which paying began; empty: no table says
	Due               Day      // by which it was to be paid; empty: not known
	Basis             DueBasis // by what Due is known
	Late              *int     // days from Due to Paid, below 0 where it was early; nil: one of them is not known
}

// Delay sums up how late payments were.
type Delay struct {
	Known  int        // payments of which it is known
	Late   int        // those of them that were late
	Median *int       // days; nil where none is known
	Worst  *int       // days
	Bases  []DueBasis // by what the days due were known
	all    []int
}

func (d *Delay) add(s StageUse) {
	if s.Late != nil {
		d.Bases = appendNew(d.Bases, s.Basis)
		d.settle(append(d.all, *s.Late))
	}
}

func (d *Delay) settle(all []int) {
	slices.Sort(all)
	d.all, d.Known, d.Late = all, len(all), 0
	for _, n := range all {
		if n > 0 {
			d.Late++
		}
	}
	if len(all) > 0 {
		median, worst := all[(len(all)-1)/2], all[len(all)-1]
		d.Median, d.Worst = &median, &worst
	}
}

// Difference is where a region's own line and the lines below it do not say the
// same: the region's own counts.
type Difference struct {
	Region     string
	Stage      string // or the fund of a budget
	Own, Parts int64  // the first number that differs
}

// Over says how a year's recipients come from those of its payments.
type Over string

// The ways.
const (
	MostOfStages Over = "most" // the same recipients are paid again: those of the payment that had most
	SumOfStages  Over = "sum"  // each is paid once: those of all payments together
)

// Use is the utilisation of a programme in a region and year.
type Use struct {
	Programme  string
	Region     string
	Year       int
	Counts     Counted // what Recipients counts
	Over       Over    // of the payments of the year
	Money      Funnel  // whole rupiah
	Recipients Funnel
	Failed     struct {
		Money, Recipients Measure
		Reason            string // the commonest, by recipients; empty: no table says
	}
	Beside  []Beside     // of Money: the tables of disbursement beside those of the budget
	Stages  []StageUse   // the payments of the year, in order; of a province those of its regions together, without Paid and Late, where it has none itself
	Delay   Delay        // of a province: of its regions' payments
	Differs []Difference // own lines that those below do not make
	// Reporting of Expected kabupaten and kota have anything at all; of a single one
	// Expected is 1.
	Reporting, Expected int
}

// Known tells whether anything is on record.
func (u Use) Known() bool { return u.Reporting > 0 }

// LevelUse is the programmes of one level of government together. Who receives from
// two programmes is counted twice.
type LevelUse struct {
	Level             Level
	Programmes        int // that run there in the year
	Reporting         int // of them, with anything on record
	Money             Funnel
	Families, Persons Funnel // recipients, by what the programmes count: of one that has not said, families
}

// Ledger holds the lines that count, ready for utilisation.
type Ledger struct {
	budget map[place][]BudgetFigure
	paid   map[place][]DisbursementFigure
	where  map[place][]string // regions of a programme and year that have lines, region empty in the key
	stages map[place][]string // and its stages
}

// NewLedger takes lines in. Of lines below a kabupaten or kota those that are not
// added up yet (Parts 0) are added up here.
func NewLedger(budget []BudgetFigure, paid []DisbursementFigure) *Ledger {
	l := &Ledger{map[place][]BudgetFigure{}, map[place][]DisbursementFigure{}, map[place][]string{}, map[place][]string{}}
	for _, f := range slices.Concat(budget, RollUpBudget(counting(budget))) {
		if f.Latest && len(f.Region) <= 4 {
			at := place{f.Programme, f.Region, f.Year}
			l.budget[at] = append(l.budget[at], f)
			l.note(at)
		}
	}
	for _, f := range slices.Concat(paid, RollUpDisbursements(counting(paid))) {
		if f.Latest && len(f.Region) <= 4 {
			at := place{f.Programme, f.Region, f.Year}
			l.paid[at] = append(l.paid[at], f)
			l.note(at)
			year := place{f.Programme, "", f.Year}
			l.stages[year] = appendNew(l.stages[year], f.Stage)
		}
	}
	return l
}

// counting are the lines that count.
func counting[F interface{ counts() bool }](all []F) []F {
	var out []F
	for _, f := range all {
		if f.counts() {
			out = append(out, f)
		}
	}
	return out
}

func (p Provenance) counts() bool { return p.Latest }

func (l *Ledger) note(at place) {
	year := place{at.programme, "", at.year}
	l.where[year] = appendNew(l.where[year], at.region)
}

// Use works out the utilisation of a programme in a region and year. Of a province
// (or the nation) it is the sum over its kabupaten and kota where no table says it
// of the province itself.
func (l *Ledger) Use(p Programme, region string, year int) Use {
	own := l.own(p, region, year)
	if len(region) == 4 && region != Nation {
		own.Expected = 1
		return own
	}
	sum := l.sum(p, region, year)
	if !own.Known() {
		return sum
	}
	pick := func(to, from *Funnel) {
		for i, m := range to.measures() {
			parts := *from.measures()[i]
			switch {
			case m.Value == nil:
				*m = parts
			case parts.Value != nil && *parts.Value != *m.Value:
				own.Differs = append(own.Differs, Difference{Region: region, Own: *m.Value, Parts: *parts.Value})
			}
		}
	}
	pick(&own.Money, &sum.Money)
	pick(&own.Recipients, &sum.Recipients)
	if own.Failed.Money.Value == nil {
		own.Failed.Money = sum.Failed.Money
	}
	if own.Failed.Recipients.Value == nil {
		own.Failed.Recipients = sum.Failed.Recipients
	}
	own.Failed.Reason = cmp.Or(own.Failed.Reason, sum.Failed.Reason)
	if own.Delay.Known == 0 {
		own.Delay = sum.Delay
	}
	if len(own.Stages) == 0 {
		own.Stages = sum.Stages
	}
	own.Differs = append(own.Differs, sum.Differs...)
	own.Reporting, own.Expected = sum.Reporting, sum.Expected
	if own.Reporting == 0 {
		own.Reporting, own.Expected = 1, 1 // the province alone says it
	}
	return own
}

// sum adds the kabupaten and kota of a region up.
func (l *Ledger) sum(p Programme, region string, year int) Use {
	u := p.use(region, year)
	regions := p.Regencies(region, year)
	for _, r := range l.where[place{p.ID, "", year}] {
		if len(r) == 4 && Within(r, region) {
			regions = appendNew(regions, r)
		}
	}
	slices.Sort(regions)
	reasons := map[string]int64{}
	for _, r := range regions {
		part := l.own(p, r, year)
		u.join(part, true)
		if n := part.Failed.Recipients.Value; n != nil && part.Failed.Reason != "" {
			reasons[part.Failed.Reason] += *n
		}
		for _, s := range part.Stages {
			u.Delay.add(s)
			u.stage(s)
		}
		u.Differs = append(u.Differs, part.Differs...)
		u.Reporting += part.Reporting
	}
	u.Failed.Reason = commonest(reasons)
	u.Expected = len(regions)
	for _, m := range u.all() {
		m.Want = len(regions)
	}
	slices.SortFunc(u.Stages, func(a, b StageUse) int { return compareStages(a.Stage, b.Stage) })
	for i := range u.Stages {
		for _, m := range append(u.Stages[i].Money.measures(), u.Stages[i].Recipients.measures()...) {
			m.Want = len(regions)
		}
	}
	return u
}

// stage joins a region's payment to those of the province. On which day it was paid
// differs by region: Delay tells.
func (u *Use) stage(of StageUse) {
	i := slices.IndexFunc(u.Stages, func(s StageUse) bool { return s.Stage == of.Stage })
	if i < 0 {
		i = len(u.Stages)
		u.Stages = append(u.Stages, StageUse{Stage: of.Stage, Due: of.Due, Basis: of.Basis})
	}
	for j, m := range u.Stages[i].Money.measures() {
		m.join(*of.Money.measures()[j])
	}
	for j, m := range u.Stages[i].Recipients.measures() {
		m.join(*of.Recipients.measures()[j])
	}
}

func (p Programme) use(region string, year int) Use {
	u := Use{Programme: p.ID, Region: region, Year: year, Counts: p.counted(), Over: MostOfStages}
	if p.once() {
		u.Over = SumOfStages
	}
	return u
}

// counted is what recipients are: families where nobody has said, as the tables of
// disbursement count KPM.
func (p Programme) counted() Counted { return cmp.Or(p.Counts, Families) }

// join adds another use to a sum.
func (u *Use) join(o Use, failed bool) {
	for i, m := range u.Money.measures() {
		m.join(*o.Money.measures()[i])
	}
	for i, m := range u.Recipients.measures() {
		m.join(*o.Recipients.measures()[i])
	}
	if failed {
		u.Failed.Money.join(o.Failed.Money)
		u.Failed.Recipients.join(o.Failed.Recipients)
	}
	for _, b := range o.Beside {
		i := slices.IndexFunc(u.Beside, func(x Beside) bool { return x.Station == b.Station })
		if i < 0 {
			u.Beside = append(u.Beside, Beside{Station: b.Station})
			i = len(u.Beside) - 1
		}
		u.Beside[i].join(b.Measure)
	}
}

// all are the measures of a use.
func (u *Use) all() []*Measure {
	all := append(u.Money.measures(), u.Recipients.measures()...)
	all = append(all, &u.Failed.Money, &u.Failed.Recipients)
	for i := range u.Beside {
		all = append(all, &u.Beside[i].Measure)
	}
	return all
}

// own is the use of a region from the lines of the region itself and those added
// up below it.
func (l *Ledger) own(p Programme, region string, year int) Use {
	u := p.use(region, year)
	at := place{p.ID, region, year}
	budget, paid := l.budget[at], l.paid[at]
	if len(budget) > 0 || len(paid) > 0 {
		u.Reporting = 1
	}
	pagu, spent := u.budget(budget)
	u.payments(p, paid, p.payments(l.stages[place{p.ID, "", year}]))
	// What the budget says counts, and the other is shown beside it: both are of the
	// same money.
	for _, x := range []struct {
		station Station
		to      *Measure
		budget  Measure
	}{{Allocated, &u.Money.Allocated, pagu}, {Disbursed, &u.Money.Disbursed, spent}} {
		if x.budget.Value == nil {
			continue
		}
		if x.to.Value != nil {
			u.Beside = append(u.Beside, Beside{x.station, *x.to})
		}
		*x.to = x.budget
	}
	return u
}

// budget adds the funds of a region and year up.
func (u *Use) budget(all []BudgetFigure) (pagu, spent Measure) {
	own, parts := map[Fund]BudgetFigure{}, map[Fund]BudgetFigure{}
	for _, f := range all {
		if f.Parts == 0 {
			own[f.Fund] = f
		} else {
			parts[f.Fund] = f
		}
	}
	for _, fund := range Funds {
		o, hasOwn := own[fund]
		below, hasParts := parts[fund]
		if !hasOwn && !hasParts {
			continue
		}
		if hasOwn && hasParts {
			u.differ(string(fund), o.numbers(), below.numbers())
		}
		pick := func(sense Sense, a, b *int64) Measure { return measure(sense, a, o.Batch, b, below.Batch) }
		allocated := pick(RevisedBudget, o.Revised, below.Revised)
		if allocated.Value == nil {
			allocated = pick(OriginalBudget, o.Original, below.Original)
		}
		pagu.join(allocated)
		spent.join(pick(SpentSense, o.Spent, below.Spent))
		pagu.Want++
		spent.Want++
	}
	return pagu, spent
}

// differ notes the first number that a region's own line and those below it say
// differently.
func (u *Use) differ(of string, own, parts []*int64) {
	for i, v := range own {
		if v != nil && parts[i] != nil && *v != *parts[i] {
			u.Differs = append(u.Differs, Difference{u.Region, of, *v, *parts[i]})
			return
		}
	}
}

// measure is a number of a region's own line, or where that lacks it of the lines
// below it.
func measure(sense Sense, own *int64, batch string, parts *int64, partsBatch string) Measure {
	v, from := own, batch
	if v == nil {
		v, from = parts, partsBatch
	}
	if v == nil {
		return Measure{}
	}
	return Measure{Value: v, Senses: []Sense{sense}, Batches: []string{from}, Have: 1, Want: 1}
}

// payments tells how many payments a year has of which those seen are some: as many as
// the register lists, or the year has quarters, semesters or months. 0: payments that
// are only numbered, by a programme of which the register lists none, may all be there
// or not.
func (p Programme) payments(seen []string) int {
	kind := ""
	if len(seen) > 0 {
		kind = StageKind(seen[0])
	}
	want := len(p.Stages)
	if want == 0 || StageKind(p.Stages[0].Name) != kind {
		want = max(want, stageParts[kind])
	}
	if want == 0 {
		return 0
	}
	return max(want, len(seen))
}

// payments adds the payments of a region and year up; want is how many the year
// has; 0: nobody knows, so that its numbers are partial.
func (u *Use) payments(p Programme, all []DisbursementFigure, want int) {
	own, parts := map[string]DisbursementFigure{}, map[string]DisbursementFigure{}
	stages := map[string]bool{}
	for _, f := range all {
		stages[f.Stage] = true
		if f.Parts == 0 {
			own[f.Stage] = f
		} else {
			parts[f.Stage] = f
		}
	}
	if len(stages) == 0 {
		return
	}
	reasons := map[string]int64{}
	for _, stage := range slices.SortedFunc(maps.Keys(stages), compareStages) {
		o, hasOwn := own[stage]
		below, hasParts := parts[stage]
		if hasOwn && hasParts {
			u.differ(stage, o.numbers(), below.numbers())
		}
		pick := func(sense Sense, a, b *int64) Measure { return measure(sense, a, o.Batch, b, below.Batch) }
		funnel := func(a, b Amounts) Funnel {
			return Funnel{pick(QuotaSense, a.Quota, b.Quota), pick(OrderedSense, a.Decided, b.Decided), pick(ReceivedSense, a.Received, b.Received), pick(UsedSense, a.Used, b.Used)}
		}
		s := StageUse{Stage: stage, Money: funnel(o.Money, below.Money), Recipients: funnel(o.People, below.People), Paid: cmp.Or(o.Paid, below.Paid)}
		s.Due, s.Basis = p.Due(u.Year, stage)
		if from, ok := s.Due.number(); ok && s.Paid != "" {
			if to, ok := s.Paid.number(); ok {
				late := to - from
				s.Late = &late
			}
		}
		u.Stages = append(u.Stages, s)
		u.Delay.add(s)
		for i, m := range u.Money.measures() {
			m.join(*s.Money.measures()[i])
		}
		for i, m := range u.Recipients.measures() {
			m.over(u.Over, *s.Recipients.measures()[i])
		}
		u.Failed.Money.join(pick(FailedSense, o.Money.Failed, below.Money.Failed))
		failed := pick(FailedSense, o.People.Failed, below.People.Failed)
		u.Failed.Recipients.over(u.Over, failed)
		if reason := cmp.Or(o.Reason, below.Reason); reason != "" && failed.Value != nil {
			reasons[reason] += *failed.Value
		}
	}
	u.Failed.Reason = commonest(reasons)
	for _, m := range u.all() {
		m.Want, m.partial = want, m.partial || want == 0
	}
}

// over joins the recipients of a payment to those of the year.
func (m *Measure) over(how Over, o Measure) {
	before := m.Value
	m.join(o)
	if how == MostOfStages && before != nil && o.Value != nil {
		most := max(*before, *o.Value)
		m.Value = &most
	}
}

// Levels puts the three levels of government side by side in a region and year, the
// highest first.
func (l *Ledger) Levels(programmes []Programme, region string, year int) []LevelUse {
	var all []LevelUse
	for _, level := range Levels {
		u := LevelUse{Level: level}
		var sum Use
		for _, p := range programmes {
			if p.Level != level || !p.RunsIn(region, year) {
				continue
			}
			u.Programmes++
			recipients := &u.Families
			if p.counted() == Persons {
				recipients = &u.Persons
			}
			one := l.Use(p, region, year)
			for i, m := range recipients.measures() {
				m.join(*one.Recipients.measures()[i])
				m.Want++
			}
			if !one.Known() {
				continue
			}
			u.Reporting++
			sum.join(one, false)
		}
		u.Money = sum.Money
		for _, m := range u.Money.measures() {
			m.Want = u.Programmes
		}
		all = append(all, u)
	}
	return all
}
