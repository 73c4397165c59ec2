package record

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

// Clock is the time of the world that is being made. It moves when a scene sets
// it, and a little with every command, as people take their time.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// Now gives the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// MoveTo goes on to an instant, unless that is past.
func (c *Clock) MoveTo(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at.After(c.at) {
		c.at = at
	}
}

// between is how long the people of the world take from one command to the next.
const between = 4 * time.Minute

// begins is when the record does: the offices set it up, then draft.
const begins = registry.Day("2020-09-01")

// world is what is being made. After a first error nothing more is done.
type world struct {
	ctx   context.Context
	store *store.Store
	clock *Clock
	now   time.Time // of the demo, up to which it is made
	today registry.Day
	means Means
	err   error

	offices, seats   map[string]string // short name, e-mail address -> id
	users            map[string]event.Actor
	programmes       map[string]string
	datasets         map[string]string
	agreements       map[string]string
	permits, studies map[string]string
	calendar         registry.Calendar
	scenes           []scene
}

// scene is what happens on a day, from an hour on.
type scene struct {
	day  registry.Day
	hour int
	play func()
}

// Means are what the world is made with besides its record.
type Means struct {
	Secret string                         // the password, as it is kept, with which each person has joined: one that nobody knows
	Ring   func() (*identity.Ring, error) // keys of the pseudonyms of families
	Work   func(context.Context) error    // does the run that waits in the record's queue
}

// Fill makes the world in an empty record whose clock is given, up to an instant,
// on which or after FirstDay.
func Fill(ctx context.Context, s *store.Store, clock *Clock, now time.Time, with Means) error {
	w := newWorld(ctx, s, clock, now, with)
	w.at(begins, 1, w.open)
	w.at(begins.Add(1), 1, w.goOn)
	for _, e := range w.entries() {
		w.at(max(e.day, begins.Add(6)), 1, e.play)
	}
	for _, a := range agreements {
		w.agree(a)
	}
	for _, p := range permits {
		w.permit(p)
	}
	w.register()
	w.ledger()
	w.recordStatistics()
	w.deliver()
	w.inquire()
	w.play()
	clock.MoveTo(now)
	return w.err
}

// Found makes the offices, their people and the registers alone: a record in which
// nothing has been agreed yet, as of an instant; secret as in Means.
func Found(ctx context.Context, s *store.Store, clock *Clock, now time.Time, secret string) error {
	w := newWorld(ctx, s, clock, now, Means{Secret: secret})
	clock.MoveTo(now)
	w.open()
	for _, e := range w.entries() {
		if e.day <= w.today {
			e.play()
		}
	}
	return w.err
}

func newWorld(ctx context.Context, s *store.Store, clock *Clock, now time.Time, with Means) *world {
	return &world{ctx: ctx, store: s, clock: clock, now: now, today: registry.DayOf(now), means: with,
		offices: map[string]string{}, seats: map[string]string{}, users: map[string]event.Actor{}, programmes: map[string]string{}, datasets: map[string]string{},
		agreements: map[string]string{}, permits: map[string]string{}, studies: map[string]string{}, calendar: registry.NewCalendar(registry.ShippedYears()...)}
}

// at puts a scene on a day; scenes of one day keep their order.
func (w *world) at(day registry.Day, hour int, play func()) {
	w.scenes = append(w.scenes, scene{day, hour, play})
}

// play plays the scenes of the days before the demo's own, in order; each day
// begins with what the program itself does when something has ended.
func (w *world) play() {
	slices.SortStableFunc(w.scenes, func(a, b scene) int {
		if a.day != b.day {
			return strings.Compare(string(a.day), string(b.day))
		}
		return a.hour - b.hour
	})
	var last registry.Day
	for _, s := range w.scenes {
		if s.day >= w.today || w.err != nil {
			return
		}
		if s.day != last {
			last = s.day
			w.clock.MoveTo(s.day.Begins().Add(6 * time.Hour))
			w.duties()
		}
		w.clock.MoveTo(s.day.Begins().Add(time.Duration(7+s.hour) * time.Hour))
		if s.play != nil {
			s.play()
		}
		if w.err != nil {
			w.err = fmt.Errorf("the demo on %s: %w", s.day, w.err)
		}
	}
}

// duties are what a serving process would have done by itself.
func (w *world) duties() {
	for _, do := range []func(context.Context) error{w.store.RecordAgreementEnds, w.store.RecordSilence, w.store.RecordPermitEnds, w.store.StopStudies, w.store.WithdrawData} {
		w.do(func() error { return do(w.ctx) })
	}
}

// do carries out one step, unless an earlier one has failed.
func (w *world) do(step func() error) {
	if w.err == nil {
		w.err = step()
		w.clock.MoveTo(w.clock.Now().Add(between))
	}
}

// say carries out a command that gives its event.
func (w *world) say(_ event.Event, err error) error { return err }

const (
	why      = "dunia contoh"
	demoName = "dampak demo"
)

// machine is whoever runs the demo, at the command line.
func machine() store.By {
	return store.By{Actor: event.Actor{User: demoName, Capacity: event.LocalAdministrator, Via: event.CommandLine, Through: demoName}, Seen: store.Whatever, Why: why}
}

// by is a person who acts from their position.
func (w *world) by(who, why string) store.By {
	return store.By{Actor: w.users[who], Seen: store.Whatever, Why: why}
}

// open sets up the offices and lets the people in, with their rights until a year
// after the demo's day.
func (w *world) open() {
	first := People[0]
	w.do(func() error { return w.say(w.store.MarkExample(w.ctx, machine())) }) // first of all
	second := store.By{Actor: event.Actor{Via: event.Web}, Seen: store.Whatever, Why: why}
	w.do(func() error {
		id, token, err := w.store.FirstAdministrator(w.ctx, machine(), access.User{Name: first.Name, Email: first.Email, Language: "id"})
		if err != nil {
			return err
		}
		second.Actor.User = id
		w.users[key(first)] = second.Actor
		return w.say(w.store.Accept(w.ctx, event.CommandLine, token, w.means.Secret))
	})
	for _, o := range offices {
		w.do(func() error {
			id, _, err := w.store.RegisterOrganisation(w.ctx, machine(), registry.Organisation{Kind: o.kind, Office: o.office, Region: o.region,
				Period: registry.Period{From: officesFrom}, Names: []registry.Name{{Full: o.full, Short: o.short, From: officesFrom}}})
			w.offices[o.short] = id
			return err
		})
		if o.over != "" {
			w.do(func() error {
				return w.say(w.store.ChangeLetterhead(w.ctx, machine(), w.offices[o.short], registry.Letterhead{Names: []string{o.over, o.full}, Address: o.address}))
			})
		}
	}
	until := max(w.today, registry.DayOf(w.clock.Now())).Add(364)
	for _, p := range People[1:] {
		w.enter(p, until, second)
	}
}

// key is how acts name a person.
func key(p Person) string { name, _, _ := strings.Cut(p.Email, "@"); return name }

// enter adds a person with their position and their grant, confirmed by the second
// person where that is needed.
func (w *world) enter(p Person, until registry.Day, second store.By) {
	today := registry.DayOf(w.clock.Now())
	who := event.Actor{Via: event.Web}
	w.do(func() error {
		id, token, _, err := w.store.AddUser(w.ctx, machine(), access.User{Name: p.Name, Email: p.Email, Language: "id", Organisation: w.offices[p.Office]})
		if err != nil {
			return err
		}
		who.User = id
		return w.say(w.store.Accept(w.ctx, event.CommandLine, token, w.means.Secret))
	})
	if p.Title != "" {
		w.do(func() error {
			seat, _, err := w.store.CreatePosition(w.ctx, machine(), registry.Position{Organisation: w.offices[p.Office], Title: p.Title, Period: registry.Period{From: officesFrom}})
			if err != nil {
				return err
			}
			who.Position, who.Capacity = seat, event.Definitive
			return w.say(w.store.BeginHolding(w.ctx, machine(), seat, registry.Holding{User: who.User, Capacity: event.Definitive, Period: registry.Period{From: today}}))
		})
	}
	w.users[key(p)], w.seats[key(p)] = who, who.Position
	g := access.Grant{User: who.User, Role: p.Role, Region: p.Region, Period: registry.Period{From: today, Until: until}}
	if p.ofOffice {
		g.Organisation = w.offices[p.Office]
	}
	w.grant(g, second)
}

func (w *world) grant(g access.Grant, second store.By) {
	w.do(func() error {
		id, e, err := w.store.RequestGrant(w.ctx, machine(), g)
		if err != nil || e.Type != "grant-requested" {
			return err
		}
		return w.say(w.store.ConfirmGrant(w.ctx, second, id))
	})
}

// goOn has the other administrator confirm what the first one, whose first grant is
// for a year, goes on with.
func (w *world) goOn() {
	period := registry.Period{From: begins.Add(366), Until: w.today.Add(364)}
	if period.From <= period.Until {
		w.grant(access.Grant{User: w.users[key(People[0])].User, Role: access.Administrator, Region: registry.Nation, Period: period}, w.by(key(People[1]), why))
	}
}

// entries are what is entered into the registers, each with its first day.
func (w *world) entries() []scene {
	var all []scene
	for _, p := range programmes {
		all = append(all, scene{day: p.from, play: func() {
			w.do(func() (err error) {
				x := registry.Programme{Names: registry.Words{ID: p.id, EN: p.en}, Owner: w.offices[p.owner], Period: registry.Period{From: p.from}}
				if p.extends != "" {
					x.Variant = &registry.Variant{Of: w.programmes[p.extends], Sort: registry.Extends}
				}
				w.programmes[p.key], _, err = w.store.RegisterProgramme(w.ctx, machine(), x)
				return err
			})
		}})
	}
	for _, d := range datasets {
		steward := "walidata"
		if d.owner != province {
			steward = key(People[slices.IndexFunc(People, func(p Person) bool { return p.Office == d.owner })])
		}
		all = append(all, scene{day: d.from, play: func() {
			w.do(func() (err error) {
				c, err := contractOf(d.key)
				if err != nil {
					return err
				}
				x := registry.Dataset{Name: d.name, Owner: w.offices[d.owner], Programmes: w.ids(w.programmes, d.programmes)}
				x.Class, x.Columns, x.Regions = c.Register()
				w.datasets[d.key], _, err = w.store.RegisterDataset(w.ctx, w.by(steward, ""), x)
				return err
			})
		}})
	}
	return all
}

// ids gives the ids of keys; an unknown one is an error of this package.
func (w *world) ids(of map[string]string, keys []string) []string {
	out := []string{}
	for _, k := range keys {
		if of[k] == "" && w.err == nil {
			w.err = errors.New("the demo names " + k + ", which it does not have yet")
		}
		out = append(out, of[k])
	}
	return out
}

func (w *world) columns(of []cooperation.Columns) []cooperation.Columns {
	out := []cooperation.Columns{}
	for _, c := range of {
		out = append(out, cooperation.Columns{Dataset: w.ids(w.datasets, []string{c.Dataset})[0], Columns: c.Columns})
	}
	return out
}

// file keeps a document of the demo.
func (w *world) file(name, title string, lines ...string) cooperation.File {
	content := Paper(title, append(lines, "Berkas ini dibuat oleh program untuk dunia contoh. Orang, nomor, dan isinya rekaan.")...)
	f := cooperation.File{Name: name, Type: "application/pdf", Bytes: int64(len(content))}
	w.do(func() (err error) {
		f.SHA256, _, err = w.store.Contents().Put(w.ctx, bytes.NewReader(content))
		return err
	})
	return f
}

// agree plays the life of an agreement: drafted a fortnight before it is signed,
// then proposed, signed by both, checked by a second person, and after its end
// its data destroyed.
func (w *world) agree(a agreement) {
	var id string
	parties := []struct{ office, head, records, checks string }{
		{centre, "kepala.balai", "peneliti", "walidata.balai"}, {province, "pimpinan", "analis", "walidata"},
	}
	drafted := w.workday(a.signed, -9)
	w.at(drafted, 2, func() {
		w.do(func() (err error) {
			c := cooperation.Content{About: a.about, Place: "Surabaya", Day: a.signed, Considerations: a.because, LegalBases: a.laws, Articles: a.articles, Terms: cooperation.DefaultTerms()}
			c.Terms.SilenceDays = a.silence
			for _, p := range parties {
				c.Parties = append(c.Parties, cooperation.Party{Organisation: w.offices[p.office], Position: w.seats[p.head]})
			}
			c.Scope = cooperation.Scope{Programmes: w.ids(w.programmes, a.programmes), Regions: a.regions, Purposes: a.purposes, Period: a.period}
			for _, d := range a.datasets {
				c.Scope.Datasets = append(c.Scope.Datasets, w.columns([]cooperation.Columns{all(d)})...)
			}
			above := ""
			if a.above != "" {
				above = w.ids(w.agreements, []string{a.above})[0]
			}
			if w.err != nil {
				return w.err
			}
			id, _, err = w.store.DraftAgreement(w.ctx, w.by("analis", ""), a.kind, above, c)
			w.agreements[a.key] = id
			return err
		})
	})
	w.at(w.workday(a.signed, -5), 2, func() {
		w.do(func() error { return w.say(w.store.ProposeAgreement(w.ctx, w.by("pimpinan", ""), id)) })
	})
	w.at(a.signed, 3, func() {
		var text string
		w.do(func() error {
			return w.store.View(w.ctx, func(r *store.Reader) error {
				x, _, err := store.AgreementOf(r, id)
				if err == nil && x.Frozen == nil {
					err = errors.New("the text of " + a.key + " is not frozen")
				}
				if err == nil {
					text = x.Frozen.SHA256
				}
				return err
			})
		})
		for i, p := range parties {
			sig := cooperation.Signature{Organisation: w.offices[p.office], Way: cooperation.Paper, User: w.users[p.head].User, Day: a.signed, Originals: 2, Meterai: true, Text: text}
			name, says := "pindaian-"+a.key+".pdf", "Di sini akan ada pindaian kedua naskah asli yang bermeterai."
			if a.signed >= "2023-09-01" {
				sig.Way, sig.Originals, sig.Meterai, sig.Issuer = cooperation.Certified, 0, false, "BSrE (contoh)"
				name, says = "bertanda-tangan-"+a.key+".pdf", "Di sini akan ada naskah yang kembali dari penerbit sertifikat elektronik."
			}
			sig.File = w.file(name, a.about, says, "Pihak: "+p.office, "Sidik naskah: "+grouped(text))
			w.do(func() error { return w.say(w.store.RecordSignature(w.ctx, w.by(p.records, ""), id, sig)) })
			w.do(func() error {
				return w.say(w.store.IssueAgreementNumber(w.ctx, w.by(p.records, ""), id, w.offices[p.office], cooperation.Number{Text: a.numbers[i], Day: a.signed}))
			})
		}
		for _, p := range parties {
			w.do(func() error { return w.say(w.store.CheckSignature(w.ctx, w.by(p.checks, ""), id, w.offices[p.office])) })
		}
	})
	w.at(a.period.Until.Add(1), 0, nil)
	w.at(a.period.Until.Add(91), 2, func() {
		if a.above != "" {
			return // its data are those of the agreement above
		}
		f := w.file("berita-acara-pemusnahan.pdf", "Berita Acara Pemusnahan Data", "Data penelitian di bawah perjanjian yang berakhir dimusnahkan.")
		w.do(func() error {
			return w.say(w.store.RecordDestruction(w.ctx, w.by("kepala.balai", ""), id, cooperation.Destruction{Day: registry.DayOf(w.clock.Now()), What: "Salinan kerja data penerima dan rekap penyaluran di B2P3KS",
				Who: "Pengelola Data Penelitian B2P3KS", How: "Dihapus dari cakram dan cadangan, disaksikan oleh PARA PIHAK", File: &f}))
		})
	})
}

// grouped writes a hash so that no run of digits in it looks like somebody's number.
func grouped(hash string) string {
	var parts []string
	for c := range slices.Chunk([]byte(hash), 8) {
		parts = append(parts, string(c))
	}
	return strings.Join(parts, " ")
}

// workday is so many working days after a day, or before it.
func (w *world) workday(day registry.Day, n int) registry.Day {
	if n > 0 {
		due, _ := w.calendar.AddWorkingDays(day, n)
		return due
	}
	for n < 0 {
		if day = day.Add(-1); w.calendar.IsWorking(day) {
			n++
		}
	}
	return day
}

// day reads a day of a permit.
func (w *world) day(s string) registry.Day {
	var n int
	if _, err := fmt.Sscanf(strings.TrimLeft(s, "+~-"), "%d", &n); err != nil {
		return ""
	}
	switch s[0] {
	case '-':
		return w.workday(w.today, -n)
	case '~':
		return w.today.Add(-n)
	case '+':
		return w.today.Add(n)
	}
	return registry.Day(s)
}

// leftOut tells of a permit of days that are not fixed that its agreement does not run
// through them.
func (w *world) leftOut(p permit) bool {
	under := agreements[slices.IndexFunc(agreements, func(a agreement) bool { return a.key == p.agreement })].period
	return p.acts[0].day[0] == '-' && (w.workday(w.day(p.acts[0].day), -3) <= under.From || w.day(p.until) > under.Until)
}

// permit plays the life of a permit and of its study.
func (w *world) permit(p permit) {
	if w.leftOut(p) {
		return
	}
	from, until := w.day(p.from), w.day(p.until)
	asks := p.acts[0].who
	w.at(w.workday(w.day(p.acts[0].day), -1), 3, func() { w.request(p, asks, registry.Period{From: from, Until: until}) })
	for i, a := range p.acts {
		w.at(w.day(a.day), 3+min(i, 5), func() { w.act(p, a) })
	}
	w.at(until.Add(1), 0, nil)
	if p.kind == cooperation.FieldWork && p.acts[0].day[0] == '-' {
		w.at(w.day("-9"), 0, nil) // a silence may have run out
	}
}

// request registers the study and drafts the request with its documents.
func (w *world) request(p permit, asks string, period registry.Period) {
	who, agreement := w.users[asks], w.ids(w.agreements, []string{p.agreement})[0]
	w.do(func() (err error) {
		w.studies[p.key], _, err = w.store.RegisterStudy(w.ctx, w.by(asks, ""), study.Study{Title: p.title, Position: who.Position, User: who.User, Purpose: p.purpose, Programmes: w.ids(w.programmes, p.programmes), Agreement: agreement})
		return err
	})
	other := map[string]string{"peneliti": "peneliti2", "peneliti2": "peneliti"}[asks]
	w.do(func() (err error) {
		r := cooperation.Request{Study: w.studies[p.key], Agreement: agreement, Institution: w.offices[centre], Kind: p.kind, Title: p.title, Aims: p.aims, Method: p.method,
			Field: "Kesejahteraan sosial", Status: "new", Responsible: cooperation.Researcher{Position: who.Position, User: who.User}, Members: []string{w.users[other].User}, Purpose: p.purpose,
			Programmes: w.ids(w.programmes, p.programmes), Regions: p.regions, Datasets: w.columns(p.datasets), Period: period, Sample: p.sample, AsksPeople: p.asks, Makes: p.makes}
		if p.key == "madura" {
			r.Status = "continued"
		}
		w.permits[p.key], _, err = w.store.DraftPermit(w.ctx, w.by(asks, ""), r)
		return err
	})
	w.do(func() error {
		return w.say(w.store.NameStudyPermit(w.ctx, w.by(asks, ""), w.studies[p.key], agreement, w.permits[p.key]))
	})
	for _, d := range documents {
		if (d.field && p.kind != cooperation.FieldWork) || (d.kind == cooperation.EthicsClearance && !p.asks) || (p.acts[0].does == "draft" && d.kind != cooperation.TermsOfReference) {
			continue
		}
		f := w.file(string(d.kind)+".pdf", d.title, "Penelitian: "+p.title, d.says)
		w.do(func() error {
			return w.say(w.store.AttachToPermit(w.ctx, w.by(asks, ""), w.permits[p.key], cooperation.Attachment{Kind: d.kind, File: f}))
		})
	}
}

// documents are those of a request.
var documents = []struct {
	kind        cooperation.AttachmentKind
	field       bool // for field work alone
	title, says string
}{
	{cooperation.CentreLetter, false, "Surat Permohonan Izin Penelitian", "Di sini akan ada surat permohonan dari Kepala Balai."},
	{cooperation.TermsOfReference, false, "Kerangka Acuan Kerja", "Latar belakang, maksud dan tujuan, ruang lingkup, jangka waktu, metode, lokasi, dan hasil yang diharapkan."},
	{cooperation.IntegrityPact, false, "Pakta Integritas", "Pernyataan peneliti."},
	{cooperation.Confidentiality, false, "Pernyataan Menjaga Kerahasiaan", "Pernyataan seluruh anggota tim."},
	{cooperation.Instrument, true, "Instrumen Penelitian", "Kuesioner rumah tangga."},
	{cooperation.EthicsClearance, true, "Persetujuan Etik", "Di sini akan ada surat persetujuan komisi etik."},
}

// read has somebody read what their inbox holds before they act on it.
func (w *world) read(who string) {
	var unread int
	w.do(func() error {
		return w.store.View(w.ctx, func(r *store.Reader) error {
			s, err := store.Who(r, w.users[who].User, w.clock.Now())
			if err == nil {
				unread, err = store.Unread(r, s)
			}
			return err
		})
	})
	if unread > 0 {
		w.do(func() error { return w.say(w.store.MarkRead(w.ctx, w.by(who, ""), "")) })
	}
}

// act plays one step of a permit.
func (w *world) act(p permit, a act) {
	w.read(a.who)
	id, by := w.permits[p.key], w.by(a.who, a.why)
	in := store.PermitAnswer{Region: a.place}
	if a.number != "" {
		in.Number = &cooperation.Number{Text: a.number, Day: registry.DayOf(w.clock.Now())}
	}
	var report cooperation.File
	if a.does == "report" {
		report = w.file("laporan-pemanfaatan.pdf", "Laporan Pemanfaatan", "Penelitian: "+p.title, a.why)
	}
	w.do(func() error {
		switch a.does {
		case "draft":
			return nil
		case "submit":
			return w.say(w.store.SubmitPermit(w.ctx, by, id))
		case "recommend":
			return w.say(w.store.RecommendPermit(w.ctx, by, id, in))
		case "return":
			return w.say(w.store.ReturnPermit(w.ctx, by, id, in))
		case "decline":
			return w.say(w.store.DeclinePermit(w.ctx, by, id, in))
		case "open":
			return w.say(w.store.OpenPermit(w.ctx, by, id, in))
		case "grant":
			return w.say(w.store.GrantRegion(w.ctx, by, id, in))
		case "refuse":
			return w.say(w.store.DeclineRegion(w.ctx, by, id, in))
		case "letter":
			return w.say(w.store.IssuePermitLetter(w.ctx, by, id, by.Actor.Position, in))
		case "extend":
			by.Why = "Atas permohonan peneliti: penyaluran triwulan terakhir belum selesai."
			return w.say(w.store.ExtendPermit(w.ctx, by, id, registry.Day(a.why), in))
		case "withdraw":
			return w.say(w.store.WithdrawPermit(w.ctx, by, id))
		case "revoke":
			return w.say(w.store.RevokePermit(w.ctx, by, id, in))
		case "report":
			return w.say(w.store.FileReport(w.ctx, by, id, &report))
		case "return-report":
			return w.say(w.store.ReturnReport(w.ctx, by, id, in))
		case "accept":
			return w.say(w.store.AcceptReport(w.ctx, by, id, in))
		case "look":
			return w.look(p, a)
		}
		return errors.New("the demo knows no act " + a.does)
	})
}
