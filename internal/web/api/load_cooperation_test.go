package api

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/testenv"
)

// grown is a record of 5,000 permits under 200 agreements, in 100,000 events. What
// commands lead to is worked out by internal/cooperation and put into the log as
// its last state: the way there is tested elsewhere.
type grown struct {
	*town
	offices                 []registry.Organisation
	agreements              []string
	drafts, asked, answered []string // permits: drafts, those that wait in Malang, all the others
}

// put writes the state of an object into the log.
func (g *grown) put(kind, id, what string, state any) {
	g.t.Helper()
	_, err := g.Do(context.Background(), store.Command{Actor: event.Actor{Via: event.System}, Object: event.Object{Kind: kind, ID: id}, Seen: store.Whatever,
		Decide: func(*store.Tx) (store.Change, error) { return store.Change{Type: what, After: state}, nil }})
	g.ok(err)
}

func (g *grown) newID(at time.Time) string {
	id, err := event.NewID(at, rand.Reader)
	g.ok(err)
	return id
}

// mark is somebody's, from a position.
func (g *grown) actor(who, title string) event.Actor {
	return event.Actor{User: g.ids[who], Position: g.ids[title], Capacity: event.Definitive, Via: event.Web}
}

func (g *grown) agreement(i int, kind, parent, amends string, days registry.Period) cooperation.Agreement {
	at := days.From.Begins().Add(-24 * time.Hour)
	m := cooperation.MarkOf(g.actor("sri", "Kepala"), at)
	c := cooperation.Content{About: fmt.Sprint("Penelitian dampak bantuan sosial ", i), Place: "Surabaya", Day: days.From,
		Parties: []cooperation.Party{{Organisation: g.ids["Jatim"], Position: g.ids["Kepala"]}, {Organisation: g.ids["B2P3KS"], Position: g.ids["Kepala B2P3KS"]}},
		Scope: cooperation.Scope{Programmes: []string{g.ids["PKH"]}, Regions: []string{"35"}, Datasets: []cooperation.Columns{{Dataset: g.ids["data"], Columns: []string{cooperation.All}}},
			Purposes: []string{"evaluation"}, Period: days}, Terms: cooperation.Terms{SilenceDays: 5, ReleaseDays: 90, ReportDays: 30}}
	for n := range 12 {
		c.Articles = append(c.Articles, cooperation.Article{Title: fmt.Sprint("Pasal tentang hal ", n), Paragraphs: []string{strings.Repeat("Para pihak sepakat. ", 20), strings.Repeat("Data dipakai seperlunya. ", 20)}})
	}
	a := cooperation.Agreement{ID: g.newID(at), Kind: kind, Parent: parent, Amends: amends, Content: c, Spent: []cooperation.Spent{}, Drafted: m}
	text := cooperation.Bound{Agreement: a}.Letter(cooperation.Names{})
	a.Frozen = &cooperation.Frozen{Mark: m, SHA256: text.SHA256(), Text: text}
	for _, s := range []struct{ of, who, title string }{{"Jatim", "sri", "Kepala"}, {"B2P3KS", "hesti", "Kepala B2P3KS"}} {
		checked := cooperation.MarkOf(g.actor("wahyu", ""), at)
		a.Signatures = append(a.Signatures, cooperation.Signature{Organisation: g.ids[s.of], Way: cooperation.Paper, User: g.ids[s.who], Position: g.ids[s.title], Capacity: event.Definitive,
			Day: registry.DayOf(at), Originals: 2, Meterai: true, File: g.file(), Text: a.Frozen.SHA256, Recorded: cooperation.MarkOf(g.actor("ani", ""), at), Checked: &checked})
	}
	a.Documents = []cooperation.File{}
	return a
}

// file is one content that all rest on.
func (g *grown) file() cooperation.File {
	hash, n, err := g.Contents().Put(context.Background(), strings.NewReader("isi contoh"))
	g.ok(err)
	return cooperation.File{SHA256: hash, Name: "contoh.txt", Type: "text/plain", Bytes: n}
}

func (g *grown) permit(i int, on cooperation.Ground, file cooperation.File, until int) {
	g.t.Helper()
	agreement := on.Agreement.Agreement.ID
	at := on.Agreement.Agreement.Scope.Period.From.Begins().Add(time.Duration(i%600) * 24 * time.Hour)
	ends := registry.DayOf(at).Add(120)
	switch { // those that are not over by the town's noon
	case until > 0:
		at, ends = noon.Add(-time.Duration(2+i%20)*24*time.Hour), "2026-12-31"
	case ends >= "2026-11-01":
		at, ends = noon.AddDate(0, -8, 0), "2026-09-30"
	}
	of := []int{3, 5, 8, 38}[i%4]
	regions := []string{"3507"}
	for n := 0; len(regions) < of; n++ {
		if r := g.offices[(i+n)%len(g.offices)].Region; r != "35" && r != "3507" {
			regions = append(regions, r)
		}
	}
	by := g.actor("rudi", "Kepala B2P3KS")
	id := g.newID(at)
	step := func(c registry.Change, err error) cooperation.Permit {
		g.t.Helper()
		g.ok(err)
		return c.After.(cooperation.Permit)
	}
	p := step(cooperation.DraftPermit(id, cooperation.Request{Study: g.ids["studi"], Agreement: agreement, Institution: g.ids["B2P3KS"], Kind: cooperation.DataUse, Title: fmt.Sprint("Dampak bantuan pada keluarga ", i),
		Aims: strings.Repeat("Mengetahui dampak. ", 20), Method: strings.Repeat("Beda-dalam-beda. ", 20), Field: "kesejahteraan sosial", Status: "new",
		Responsible: cooperation.Researcher{Position: g.ids["Kepala B2P3KS"], User: g.ids["rudi"]}, Members: []string{g.ids["hesti"]}, Purpose: "evaluation", Programmes: []string{g.ids["PKH"]},
		Regions: regions, Datasets: []cooperation.Columns{{Dataset: g.ids["data"], Columns: []string{"desil"}}}, Period: registry.Period{From: registry.DayOf(at), Until: ends}}, by, at))
	for _, k := range cooperation.AttachmentKinds[:4] {
		p = step(p.Attach(on, cooperation.Attachment{Kind: k, File: file}, at))
	}
	if until == 1 {
		g.drafts = append(g.drafts, id)
		g.put(permitKind, id, "permit-drafted", p)
		return
	}
	chain, err := store.PermitChain()
	g.ok(err)
	p = step(p.Submit(on, chain, g.offices, cooperation.Names{}, by, at))
	if until != 2 {
		p = step(p.Open(on, cooperation.Answer{Office: g.ids["Jatim"], Signing: registry.DefaultSigning()}, g.actor("sri", "Kepala"), at.Add(time.Hour)))
		for n, code := range p.Regions {
			if (until == 3 && code == "3507") || n%7 == 6 {
				continue
			}
			office := p.Office(cooperation.Answers, code)
			answer := cooperation.Answer{Office: office, Region: code, Signing: registry.DefaultSigning(), Reason: "sudah diperiksa"}
			if n%5 == 4 {
				p = step(p.DeclineRegion(on, answer, g.actor("tono", "Kepala Malang"), at.Add(time.Duration(n+2)*time.Hour)))
			} else {
				p = step(p.Grant(on, answer, g.actor("tono", "Kepala Malang"), at.Add(time.Duration(n+2)*time.Hour)))
			}
		}
		number := cooperation.Number{Text: fmt.Sprintf("070/%d/107.5", i), Day: registry.DayOf(at)}
		issue := cooperation.Issue{Answer: cooperation.Answer{Office: g.ids["Jatim"], Number: &number, Signing: registry.DefaultSigning()}, Position: g.ids["Kepala"]}
		_, err := rand.Read(issue.Random[:])
		g.ok(err)
		names := cooperation.LetterNames{Names: cooperation.Names{Positions: map[string]cooperation.Signatory{g.ids["Kepala"]: {Organisation: g.ids["Jatim"], Title: "Kepala", Name: "Sri", Capacity: event.Definitive}}}}
		p = step(p.IssueLetter(on, issue, names, g.actor("sri", "Kepala"), at.Add(60*time.Hour)))
	}
	if until == 0 && i%10 != 0 { // the others owe their report
		done := p.Period.Until.Begins().Add(20 * 24 * time.Hour)
		p = step(p.FileReport(on, &file, "laporan", by, done))
		p = step(p.AcceptReport(on, cooperation.Answer{Office: g.ids["Jatim"], Signing: registry.DefaultSigning()}, g.actor("sri", "Kepala"), done.Add(time.Hour)))
	}
	if until == 3 {
		g.asked = append(g.asked, id)
	} else {
		g.answered = append(g.answered, id)
	}
	g.put(permitKind, id, "permit-letter-issued", p)
}

func growTown(t *testing.T, agreements, permits int, events int64) *grown {
	ctx := context.Background()
	g := &grown{town: newTown(t)}
	g.partners()
	for _, r := range registry.Subtree("35", "2026-11-25") {
		if r.Kind == registry.ProvinceKind || r.Code == "3507" || r.Code == "3578" {
			continue
		}
		_, _, err := g.RegisterOrganisation(ctx, g.by("rini", ""), registry.Organisation{Kind: registry.RegencyOffice, Region: r.Code, Period: registry.Period{From: "2020-01-01"},
			Names: []registry.Name{{Full: "Dinas Sosial " + r.Name, Short: "Dinsos " + r.Code}}})
		g.ok(err)
	}
	g.ok(g.View(ctx, func(r *store.Reader) (err error) {
		g.offices, err = store.Organisations(r, g.standing("rini"), store.Page{})
		return err
	}))
	social := slices.Clone(g.offices)
	g.offices = slices.DeleteFunc(social, func(o registry.Organisation) bool { return o.Region == registry.Nation })
	began := time.Now()
	file := g.file()
	var grounds []cooperation.Ground
	var umbrella cooperation.Agreement
	for i := range agreements {
		days := registry.Period{From: "2023-09-21", Until: "2028-09-20"}
		if i%3 == 1 {
			days = registry.Period{From: "2020-09-21", Until: "2023-09-20"}
		}
		a := g.agreement(i, "nota-kesepakatan", "", "", days)
		if i%5 != 0 { // four of five stand under the one before
			a = g.agreement(i, "pks", umbrella.ID, "", umbrella.Scope.Period)
		} else {
			umbrella = a
		}
		g.agreements = append(g.agreements, a.ID)
		g.put(agreementKind, a.ID, "agreement-drafted", a)
		g.ok(g.View(ctx, func(r *store.Reader) error {
			on, err := store.GroundsIn(r).Of(a.ID)
			grounds = append(grounds, on)
			return err
		}))
	}
	for i := range permits {
		on := grounds[i%len(grounds)]
		until := 0 // over
		if on.Agreement.InForce(noon) {
			until = []int{0, 0, 0, 1, 2, 3, 4, 4}[i%8] // draft, submitted, Malang waits, answered
		}
		g.permit(i, on, file, until)
	}
	t.Logf("%d agreements and %d permits in %.0f s: %d drafts, %d wait in Malang", agreements, permits, time.Since(began).Seconds(), len(g.drafts), len(g.asked))
	began = time.Now()
	for i := 0; g.head() < events; i++ {
		_, err := g.ChangeUser(ctx, g.by("rini", "mutasi"), g.ids["oki"], access.Profile{Name: fmt.Sprint("Oki ", i), Email: "oki@contoh.go.id", Language: "id", Organisation: g.ids["Jatim"]})
		g.ok(err)
	}
	t.Logf("%d events, the others in %.0f s", g.head(), time.Since(began).Seconds())
	return g
}

// TestLoadCooperation measures 200 requests a second on 5,000 permits under 200
// agreements in 100,000 events: nine of ten read, the others answer for a region or
// change a request. It prints how long each took, and before that how much processor
// time each takes without clients, which is less at the mercy of whatever else the
// machine does; 95 of 100 are to be answered within 50 ms.
func TestLoadCooperation(t *testing.T) {
	testenv.NeedLong(t)
	const rate, seconds = 200, 10
	g := growTown(t, 200, 5000, 100_000)
	l := serve(g.town)
	read := []func(i int) (who, url string){
		func(int) (string, string) { return "sri", "/permits" },
		func(int) (string, string) { return "sri", "/permits?state=open" },
		func(int) (string, string) { return "tono", "/permits?waiting=true" },
		func(int) (string, string) { return "rudi", "/permits?state=reporting&limit=20" },
		func(i int) (string, string) { return "tono", "/permits/" + g.asked[i%len(g.asked)] },
		func(i int) (string, string) { return "rudi", "/permits/" + g.answered[i%len(g.answered)] },
		func(i int) (string, string) { return "oki", "/permits?agreement=" + g.agreements[i%len(g.agreements)] },
		func(int) (string, string) { return "ani", "/agreements" },
		func(int) (string, string) { return "ani", "/agreements?state=active&kind=pks&region=3507" },
		func(i int) (string, string) { return "rudi", "/agreements/" + g.agreements[i%len(g.agreements)] },
	}
	for _, one := range []struct{ who, url string }{
		{"sri", "/permits"}, {"sri", "/permits?limit=200"}, {"sri", "/permits?state=open"}, {"sri", "/permits?state=expired"}, {"sri", "/permits?state=reporting"}, {"sri", "/permits?region=3573"}, {"tono", "/permits?waiting=true"},
		{"sri", "/permits?waiting=true"}, {"rudi", "/permits?waiting=true"}, {"rudi", "/permits?state=draft"}, {"oki", "/permits?organisation=" + g.ids["Malang"] + "&kind=field-work"}, {"ani", "/agreements"},
		{"ani", "/agreements?waiting=true"}, {"ani", "/agreements?state=expired"}, {"tono", "/permits/" + g.asked[0]}, {"rudi", "/agreements/" + g.agreements[7]},
	} {
		l.alone(one.who+" "+one.url, 50, func(int) (string, string) { return one.who, one.url })
	}
	l.alone("the reads of the rush", 400, func(i int) (string, string) { return read[i%len(read)](i) })
	l.rush(rate, seconds, func(i int) {
		switch {
		case i%20 == 0 && i/20 < len(g.asked):
			id := g.asked[i/20]
			b, err := json.Marshal(AnswerRegion{"3507", Answer{OnObject: OnObject{Seen{g.revision(permitKind, id)}, Given{Why: "beban", ActingPosition: g.ids["Kepala Malang"]}}}})
			if err != nil {
				t.Error(err)
				return
			}
			l.ask("POST grant-region", "tono", http.MethodPost, "/permits/"+id+"/grant-region", string(b))
		case i%20 == 10 && i/20 < len(g.drafts):
			id := g.drafts[i/20]
			var p Permit
			if err := json.Unmarshal(g.send("rudi", "GET", "/permits/"+id, "").Body.Bytes(), &p); err != nil {
				t.Error(err)
				return
			}
			b, err := json.Marshal(EditPermit{Request{Study: p.Study, Agreement: p.Agreement, Institution: p.Institution, Kind: p.Kind, Title: fmt.Sprint("Judul baru ", i), Regions: []string{"3507"}}, OnObject{Seen{p.Revision}, Given{Why: "beban"}}})
			if err != nil {
				t.Error(err)
				return
			}
			l.ask("POST edit", "rudi", http.MethodPost, "/permits/"+id+"/edit", string(b))
		default:
			who, url := read[i%len(read)](i)
			name, id, one := strings.Cut(url, "/0")
			if name, _, _ = strings.Cut(name, "=0"); one && id != "" {
				name += "/{id}"
			}
			l.ask("GET "+who+" "+name, who, http.MethodGet, url, "")
		}
	})
	l.print()
	if p95 := l.took["all"][len(l.took["all"])*95/100]; p95 > 50*time.Millisecond {
		t.Errorf("p95 is %v", p95)
	}
}
