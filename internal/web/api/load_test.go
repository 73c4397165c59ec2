package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
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
	server := httptest.NewServer(w.api)
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: 30 * time.Second}
	ask := func(who, method, url, body string) (time.Duration, int, []byte) {
		r, err := http.NewRequestWithContext(ctx, method, server.URL+Base+url, strings.NewReader(body))
		if err != nil {
			return 0, 0, []byte(err.Error())
		}
		r.Header.Set("Authorization", "Bearer "+w.tokens[who])
		start := time.Now()
		got, err := client.Do(r)
		if err != nil {
			return 0, 0, []byte(err.Error())
		}
		b, err := io.ReadAll(got.Body)
		_ = got.Body.Close()
		if err != nil {
			return 0, 0, []byte(err.Error())
		}
		return time.Since(start), got.StatusCode, b
	}
	lists := []string{"/organisations", "/users", "/grants", "/positions", "/events", "/events?object=user/" + people[0], "/regions"}
	var mu sync.Mutex
	took := map[string][]time.Duration{}
	note := func(what string, d time.Duration, status int, body []byte) {
		mu.Lock()
		defer mu.Unlock()
		took[what] = append(took[what], d)
		if status != http.StatusOK {
			t.Errorf("%s: %d %.200s", what, status, body)
		}
	}
	var group sync.WaitGroup
	tick := time.NewTicker(time.Second / rate)
	defer tick.Stop()
	for i := range rate * seconds {
		<-tick.C
		if i%10 != 0 {
			url := lists[i%len(lists)]
			group.Go(func() {
				d, status, body := ask([]string{"rini", "dewi", "agus"}[i%3], http.MethodGet, url, "")
				note("GET "+strings.Split(url, "/0")[0], d, status, body)
				note("GET", d, status, body)
			})
			continue
		}
		// Each command on a user of its own, so that none is stale.
		n := i / 10 % len(people)
		var last event.Event
		w.ok(w.View(ctx, func(r *store.Reader) (err error) {
			last, err = r.Last(event.Object{Kind: userKind, ID: people[n]})
			return err
		}))
		b, err := json.Marshal(ChangeUser{Profile{fmt.Sprint("Pegawai baru ", i), fmt.Sprintf("pegawai%d@contoh.go.id", n), "id", w.ids["Malang"]}, OnObject{Seen{last.Seq}, Given{Why: "beban"}}})
		w.ok(err)
		group.Go(func() {
			d, status, body := ask("rini", http.MethodPost, "/users/"+people[n]+"/change", string(b))
			note("POST", d, status, body)
		})
	}
	group.Wait()
	for range 20 {
		for who, url := range map[string]string{"wati": "/events", "agus": "/events?type=position-created", "rini": "/events?object=user&limit=200", "dewi": "/users?organisation=" + w.ids["Jatim"]} {
			d, status, body := ask(who, http.MethodGet, url, "")
			note("alone: "+who+" "+strings.Split(url, "=0")[0], d, status, body)
		}
	}
	for _, what := range slices.Sorted(func(yield func(string) bool) {
		for k := range took {
			if !yield(k) {
				return
			}
		}
	}) {
		all := took[what]
		slices.Sort(all)
		t.Logf("%-40s n %4d  p50 %6.1f ms  p95 %6.1f ms  max %6.1f ms", what, len(all), ms(all[len(all)/2]), ms(all[len(all)*95/100]), ms(all[len(all)-1]))
	}
	if b, err := os.ReadFile("/proc/self/status"); err == nil {
		for _, line := range strings.Split(string(b), "\n") {
			if strings.HasPrefix(line, "VmHWM") || strings.HasPrefix(line, "VmRSS") {
				t.Log(line)
			}
		}
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
