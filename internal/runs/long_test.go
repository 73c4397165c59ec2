package runs_test

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/runs"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
	"github.com/dampak/dampak/internal/testenv"
	"github.com/dampak/dampak/internal/web"
)

// pages are those of a record, with the sessions of its people.
type pages struct {
	*coop
	*web.Pages
	cookies map[string]*http.Cookie
}

func (w *coop) pages(people ...string) *pages {
	w.t.Helper()
	p := &pages{w, web.NewOffice(web.Office{Store: w.Store, Now: w.Now}, web.Site{}), map[string]*http.Cookie{}}
	for _, who := range people {
		token, err := w.BeginSession(w.ctx, store.SignedIn{User: w.ids[who], Begun: w.Now(), Until: w.Now().Add(10 * time.Hour), Ends: w.Now().Add(12 * time.Hour)}, 3)
		w.ok(err)
		p.cookies[who] = &http.Cookie{Name: "dampak", Value: token}
	}
	return p
}

// get opens a page as somebody and gives its text.
func (p *pages) get(who, path string) string {
	p.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/id"+path, nil)
	r.AddCookie(p.cookies[who])
	got := httptest.NewRecorder()
	p.ServeHTTP(got, r)
	if got.Code != http.StatusOK {
		p.t.Errorf("%s: %s answers %d: %.300s", who, path, got.Code, got.Body)
	}
	return got.Body.String()
}

var input = regexp.MustCompile(`<input type="(hidden|checkbox)" name="([a-z_]+)" value="([^"]*)"`)

// send opens a form and sends it as it stands: what is ticked stays so.
func (p *pages) send(who, path string) {
	p.t.Helper()
	form := url.Values{}
	for _, part := range strings.Split(p.get(who, path), "<form")[1:] {
		if strings.Contains(part, `action="/id`+path+`"`) {
			for _, m := range input.FindAllStringSubmatch(part, -1) {
				form.Add(m[2], html.UnescapeString(m[3]))
			}
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/id"+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(p.cookies[who])
	got := httptest.NewRecorder()
	p.ServeHTTP(got, r)
	if got.Code != http.StatusSeeOther {
		p.t.Errorf("%s: %s answers %d: %.2000s", who, path, got.Code, got.Body)
	}
}

// TestAMillionRows measures what the machine spends on a difference-in-differences on a
// million rows about 100,000 people: registration, computation, the first gate, the page
// on which a checker sees what leaves, and the release. The budget is ten seconds.
func TestAMillionRows(t *testing.T) {
	testenv.NeedLong(t)
	w := cooperates(t, "", personsOfYears, panelOf(100_000))
	var took []string
	begin := time.Now()
	lap := func(what string, since time.Time) {
		took = append(took, fmt.Sprintf("%s %.2f s", what, time.Since(since).Seconds()))
	}
	w.studies(panelPlan) // with its permit, which costs nothing to speak of
	lap("registration and permit", begin)
	at := time.Now()
	id := w.queue(func(a *store.RunAsk) { a.Limits = study.UsualLimits })
	e := &afterGate{Engine: duck, then: func() { lap("computation and gate", at) }}
	w.one(e)
	lap("until the answer stands", at)
	if r := w.run(id); r.State != study.Done {
		t.Fatalf("%+v", r.Problems)
	}
	at = time.Now()
	p := w.pages("rani", "intan")
	p.send("rani", "/hitungan/"+id+"/minta-lepas")
	p.send("intan", "/hitungan/"+id+"/lepas")
	if r := w.run(id); r.Stage() != study.Released || r.Release == nil || len(r.Release.Held) != 0 {
		t.Errorf("%s %+v", r.Stage(), r.Release)
	}
	lap("release", at)
	total := time.Since(begin)
	t.Logf("%.2f s of 1,000,000 rows: %s", total.Seconds(), strings.Join(took, ", "))
	if total > 10*time.Second {
		t.Errorf("%v, more than ten seconds", total)
	}
}

// TestPagesBesideRuns measures how long pages take while fifty studies of persons wait in
// the queue and are done beside them, in one process as `dampak serve` has it: signed-in
// people open pages at a rate, whether or not those before were answered.
func TestPagesBesideRuns(t *testing.T) {
	testenv.NeedLong(t)
	const studies = 50
	for _, people := range []int{10_000, 100_000} {
		for _, rate := range []int{20, 50} {
			t.Run(fmt.Sprintf("rows=%d/pages=%d", people*10, rate), func(t *testing.T) {
				w := cooperates(t, "", personsOfYears, panelOf(people))
				var ids []string
				for i := range studies {
					w.studies(fmt.Sprintf("%sinference: {level: %.3f}\n", panelPlan, 0.9+float64(i)/1000))
					ids = append(ids, w.queue(func(a *store.RunAsk) { a.Limits = study.UsualLimits }))
				}
				p := w.pages("rani", "sri", "tono", "budi")
				var paths []string
				for i, id := range ids {
					paths = append(paths, []string{"/", "/studi", "/hitungan", "/izin", "/hitungan/" + id, "/studi/" + w.run(id).Study}[i%6])
				}
				for i := range 12 { // what is kept is warm
					p.get("rani", paths[i])
				}
				before, begin := testenv.ProcessorTime(), time.Now()
				for i := range 120 {
					p.get([]string{"rani", "sri", "tono", "budi"}[i%4], paths[i%len(paths)])
				}
				t.Logf("a page by itself: %.1f ms of processor time, %.1f ms by the clock", float64((testenv.ProcessorTime()-before).Milliseconds())/120, float64(time.Since(begin).Milliseconds())/120)
				ctx, stop := context.WithCancel(w.ctx)
				c := w.config(duck)
				c.Lease, c.Idle = 0, 0 // as the program has them
				done := make(chan error, 1)
				begin = time.Now()
				go func() { done <- runs.Work(ctx, c, "satu") }()
				var mu sync.Mutex
				var took []time.Duration
				var group sync.WaitGroup
				tick := time.NewTicker(time.Second / time.Duration(rate))
				defer tick.Stop()
				left := func() (n int) {
					w.ok(w.View(w.ctx, func(r *store.Reader) error {
						all, err := store.Runs(r, w.standing(r, "rani"), store.RunFilter{State: study.Queued}, store.Page{Most: 100})
						n = len(all)
						return err
					}))
					return n
				}
				for i, more := 0, true; more; i++ {
					<-tick.C
					group.Go(func() {
						at := time.Now()
						p.get([]string{"rani", "sri", "tono", "budi"}[i%4], paths[i%len(paths)])
						d := time.Since(at)
						mu.Lock()
						defer mu.Unlock()
						took = append(took, d)
					})
					if i%rate == 0 {
						more = left() > 0 && time.Since(begin) < 10*time.Minute
					}
				}
				total := time.Since(begin)
				group.Wait()
				stop()
				w.ok(<-done)
				answered := 0
				for _, id := range ids {
					if w.run(id).State == study.Done {
						answered++
					}
				}
				slices.Sort(took)
				p95 := took[len(took)*95/100]
				t.Logf("%d of %d studies answered in %.1f s; %d pages: median %d ms, p95 %d ms, most %d ms", answered, studies, total.Seconds(), len(took),
					took[len(took)/2].Milliseconds(), p95.Milliseconds(), took[len(took)-1].Milliseconds())
				if answered != studies {
					t.Errorf("%d studies have no answer: %+v", studies-answered, w.run(ids[studies-1]).Problems)
				}
				if p95 > 200*time.Millisecond {
					t.Errorf("95 of 100 pages within %v, want 200 ms", p95)
				}
			})
		}
	}
}

func (w *coop) standing(r *store.Reader, who string) access.Standing {
	s, err := store.Who(r, w.ids[who], w.Now())
	w.ok(err)
	return s
}
