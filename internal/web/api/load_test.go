package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/testenv"
)

// TestLoad measures 200 requests a second for some seconds on a record of the
// size that an agreement of two institutions reaches in years, and prints how
// long lists and commands took. It judges answers, not times: those are the
// machine's. The clients run in the same process, so the memory is theirs too.
func TestLoad(t *testing.T) {
	testenv.NeedLong(t)
	const users, organisations, events, rate, seconds = 200, 40, 100_000, 200, 20
	w := newTown(t)
	ctx := context.Background()
	for _, r := range registry.Regions()[2:37] {
		_, _, err := w.RegisterOrganisation(ctx, w.by("rini", ""), registry.Organisation{Kind: registry.RegencyOffice, Region: r.Code, Period: registry.Period{From: "2020-01-01"},
			Names: []registry.Name{{Full: "Dinas Sosial " + r.Name, Short: "Dinsos " + r.Code}}})
		w.ok(err)
	}
	var people []string
	for i := range users - len(roleOf) - 3 {
		id, _, _, err := w.AddUser(ctx, w.by("rini", ""), access.User{Name: fmt.Sprint("Pegawai ", i), Email: fmt.Sprintf("pegawai%d@contoh.go.id", i), Language: "id", Organisation: w.ids["Malang"]})
		w.ok(err)
		people = append(people, id)
	}
	began := time.Now()
	for i := 0; w.head() < events; i++ {
		id := people[i%len(people)]
		_, err := w.ChangeUser(ctx, w.by("rini", "mutasi"), id, access.Profile{Name: fmt.Sprint("Pegawai ", i), Email: fmt.Sprintf("pegawai%d@contoh.go.id", i%len(people)), Language: "id", Organisation: w.ids["Malang"]})
		w.ok(err)
	}
	t.Logf("%d events in %.0f s", events, time.Since(began).Seconds())

	// Somebody who may see little of a long log, which is then walked for long.
	w.grant("wati", access.Auditor, "3578", "")
	l := serve(w)
	lists := []string{"/organisations", "/users", "/grants", "/positions", "/events", "/events?object=user/" + people[0], "/regions"}
	l.rush(rate, seconds, func(i int) {
		if i%10 != 0 {
			l.get([]string{"rini", "dewi", "agus"}[i%3], lists[i%len(lists)])
			return
		}
		// Each command on a user of its own, so that none is stale.
		n := i / 10 % len(people)
		b, err := json.Marshal(ChangeUser{Profile{fmt.Sprint("Pegawai baru ", i), fmt.Sprintf("pegawai%d@contoh.go.id", n), "id", w.ids["Malang"]}, OnObject{Seen{w.revision(userKind, people[n])}, Given{Why: "beban"}}})
		w.ok(err)
		l.ask("POST", "rini", http.MethodPost, "/users/"+people[n]+"/change", string(b))
	})
	for range 20 {
		for who, url := range map[string]string{"wati": "/events", "agus": "/events?type=position-created", "rini": "/events?object=user&limit=200", "dewi": "/users?organisation=" + w.ids["Jatim"]} {
			l.ask("alone: "+who+" "+url, who, http.MethodGet, url, "")
		}
	}
	l.print()
}

// load is a town behind a server, and how long its answers took, by what was asked.
type load struct {
	*town
	server *httptest.Server
	client *http.Client
	mu     sync.Mutex
	took   map[string][]time.Duration
}

func serve(w *town) *load {
	l := &load{town: w, server: httptest.NewServer(w.api), took: map[string][]time.Duration{},
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: 30 * time.Second}}
	w.t.Cleanup(l.server.Close)
	return l
}

// revision is an object's, read beside the API.
func (w *town) revision(kind, id string) int64 {
	w.t.Helper()
	var last event.Event
	w.ok(w.View(context.Background(), func(r *store.Reader) (err error) {
		last, err = r.Last(event.Object{Kind: kind, ID: id})
		return err
	}))
	return last.Seq
}

// get asks for a list or an object, and notes it by its noun too.
func (l *load) get(who, url string) {
	name, _, _ := strings.Cut(url, "/0") // the noun of an object
	l.ask("GET "+name, who, http.MethodGet, url, "")
}

// ask sends a request as somebody and notes how long its answer took.
func (l *load) ask(what, who, method, url, body string) {
	l.askAs(what, method, url, body, http.StatusOK, "Authorization", "Bearer "+l.tokens[who])
}

// askAs is ask with headers, for an answer of a status; it gives the answer's tag.
func (l *load) askAs(what, method, url, body string, want int, header ...string) string {
	r, err := http.NewRequestWithContext(context.Background(), method, l.server.URL+Base+url, strings.NewReader(body))
	if err != nil {
		l.t.Error(err)
		return ""
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	start := time.Now()
	got, err := l.client.Do(r)
	if err != nil {
		l.t.Error(err)
		return ""
	}
	b, err := io.ReadAll(got.Body)
	d := time.Since(start)
	_ = got.Body.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.took[what] = append(l.took[what], d)
	if !strings.HasPrefix(what, "alone") {
		l.took["all"] = append(l.took["all"], d)
	}
	if err != nil || got.StatusCode != want {
		l.t.Errorf("%s %s: %d %.300s %v", what, url, got.StatusCode, b, err)
	}
	return got.Header.Get("ETag")
}

// alone answers a request many times without a client or a network, and prints how
// much processor time one takes.
func (l *load) alone(what string, times int, next func(i int) (who, url string)) {
	for i := range times + 3 {
		if i == 3 { // what is kept is warm
			runtime.GC()
			defer func(before time.Duration) {
				l.t.Logf("alone: %-90.90s n %4d  %6.2f ms of processor time each", what, times, ms(testenv.ProcessorTime()-before)/float64(times))
			}(testenv.ProcessorTime())
		}
		who, url := next(i)
		r := httptest.NewRequest(http.MethodGet, Base+url, nil)
		if who != "" {
			r.Header.Set("Authorization", "Bearer "+l.tokens[who])
		}
		got := httptest.NewRecorder()
		l.api.ServeHTTP(got, r)
		if got.Code != http.StatusOK {
			l.t.Errorf("%s: %d %.300s", what, got.Code, got.Body)
		}
	}
}

// rush sends so many requests a second for some seconds, whether or not those
// before were answered.
func (l *load) rush(rate, seconds int, one func(i int)) {
	var group sync.WaitGroup
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	for i := range rate * seconds {
		<-tick.C
		group.Go(func() { one(i) })
	}
	group.Wait()
}

func (l *load) print() {
	for _, what := range slices.Sorted(maps.Keys(l.took)) {
		all := l.took[what]
		slices.Sort(all)
		l.t.Logf("%-60s n %4d  p50 %6.1f ms  p95 %6.1f ms  max %6.1f ms", what, len(all), ms(all[len(all)/2]), ms(all[len(all)*95/100]), ms(all[len(all)-1]))
	}
	if b, err := os.ReadFile("/proc/self/status"); err == nil {
		for _, line := range strings.Split(string(b), "\n") {
			if strings.HasPrefix(line, "VmHWM") || strings.HasPrefix(line, "VmRSS") {
				l.t.Log(line)
			}
		}
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
