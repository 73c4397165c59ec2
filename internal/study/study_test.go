package study

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/testenv"
)

var (
	now    = time.Date(2026, 11, 25, 2, 0, 0, 0, time.UTC)
	office = registry.Organisation{ID: "o1", Kind: registry.ProvinceOffice, Office: registry.SocialOffice, Region: "35", Period: registry.Period{From: "2020-01-01"},
		Names: []registry.Name{{Full: "Dinas Contoh", Short: "Dinas", From: "2020-01-01"}}}
	seat = registry.Position{ID: "p1", Organisation: "o1", Title: "Kepala Bidang", Period: registry.Period{From: "2020-01-01"}}
	sari = event.Actor{User: "sari", Position: "p1", Capacity: event.Definitive, Via: event.Web}
)

func asked() Study {
	return Study{ID: "s1", Title: " Dampak contoh ", User: "sari", Purpose: "evaluation", Programmes: []string{"b", "a", "b"}, Agreement: "pks-1"}
}

func running(t *testing.T) Study {
	t.Helper()
	c, err := Register(asked(), office, seat, []string{"a", "b"}, now)
	if err != nil {
		t.Fatal(err)
	}
	return c.After.(Study)
}

func then(t *testing.T, c registry.Change, err error) Study {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return c.After.(Study)
}

// TestStops: what is revoked in one region stops there at once and nowhere else;
// what ends altogether stops everywhere, and its data go afterwards.
func TestStops(t *testing.T) {
	s := running(t)
	if s.Title != "Dampak contoh" || s.Region != "35" || s.Owner != "o1" || !reflect.DeepEqual(s.Programmes, []string{"a", "b"}) || s.State() != Running {
		t.Errorf("%+v", s)
	}
	if err := s.MayRun([]string{"3507", "3510"}); err != nil {
		t.Error(err)
	}
	c, err := s.NamePermit("pks-2", "izin-1")
	named := then(t, c, err)
	if named.Permit != "izin-1" || named.Agreement != "pks-2" || s.Permit != "" {
		t.Errorf("%+v", named)
	}
	c, err = named.Stop("3507", event.Actor{Via: event.System}, "izin dicabut di Kabupaten Malang", now)
	local := then(t, c, err)
	if local.State() != Running || len(named.Stops) != 0 || local.Stops[0].Via != event.System {
		t.Errorf("%+v", local)
	}
	refused := problem.Of(local.MayRun([]string{"3507", "3507010", "3510"}))
	if len(refused) != 2 || refused[0].Code != "study-stopped-region" || !strings.Contains(refused[0].Error(), "dicabut") {
		t.Errorf("%v", refused)
	}
	if err := local.MayRun([]string{"3510", "35"}); err != nil { // the rest of the province goes on
		t.Error(err)
	}
	c, err = local.Stop("", sari, "perjanjian berakhir", now)
	stopped := then(t, c, err)
	if p := problem.Of(stopped.MayRun(nil)); stopped.State() != Stopped || len(p) != 1 || p[0].Code != "state-study-stopped" {
		t.Errorf("%+v", stopped)
	}
	c, err = stopped.WithdrawData("", "90 hari setelah perjanjian berakhir", now)
	gone := then(t, c, err)
	if p := problem.Of(gone.MayRun(nil)); gone.State() != Withdrawn || len(p) != 1 || p[0].Code != "state-study-withdrawn" {
		t.Errorf("%+v", gone)
	}
}

// TestRefusals: each rule by the code of its problem, and no problem of the room in
// the catalogue without a row but that of an entry that the store does not find.
func TestRefusals(t *testing.T) {
	s := running(t)
	c, err := s.Stop("", sari, "selesai", now)
	stopped := then(t, c, err)
	c, err = stopped.WithdrawData("sari", "selesai", now)
	gone := then(t, c, err)
	c, err = s.Stop("3507", sari, "dicabut", now)
	local := then(t, c, err)
	over := office
	over.Period.Until = "2025-12-31"
	other, past := seat, seat
	other.Organisation, past.Period.Until = "o2", "2026-01-31"
	registers := func(edit func(*Study), of registry.Organisation, at registry.Position) func() error {
		return func() error {
			x := asked()
			edit(&x)
			_, err := Register(x, of, at, []string{"a", "b"}, now)
			return err
		}
	}
	seen := map[string]bool{"study-unknown": true}
	for i, r := range []struct {
		code string
		do   func() error
	}{
		{"blank-study-title", registers(func(x *Study) { x.Title = "" }, office, seat)},
		{"state-organisation-ended", registers(func(*Study) {}, over, seat)},
		{"study-position", registers(func(*Study) {}, office, other)},
		{"study-position", registers(func(*Study) {}, office, past)},
		{"study-purpose", registers(func(x *Study) { x.Purpose = "" }, office, seat)},
		{"study-permit-alone", registers(func(x *Study) { x.Agreement, x.Permit = "", "izin-1" }, office, seat)},
		{"programme-unknown", registers(func(x *Study) { x.Programmes = []string{"c"} }, office, seat)},
		{"study-permit-alone", func() error { _, err := s.NamePermit("pks-1", ""); return err }},
		{"state-study-stopped", func() error { _, err := stopped.NamePermit("pks-1", "izin-1"); return err }},
		{"state-study-stopped", func() error { _, err := stopped.Stop("3510", sari, "lagi", now); return err }},
		{"blank-reason", func() error { _, err := s.Stop("3507", sari, "", now); return err }},
		{"region-unknown", func() error { _, err := s.Stop("9999", sari, "keliru", now); return err }},
		{"study-stopped-region", func() error { _, err := local.Stop("3507", sari, "lagi", now); return err }},
		{"state-study-running", func() error { _, err := s.WithdrawData("sari", "selesai", now); return err }},
		{"blank-reason", func() error { _, err := stopped.WithdrawData("sari", " ", now); return err }},
		{"state-study-withdrawn", func() error { _, err := gone.WithdrawData("sari", "selesai", now); return err }},
	} {
		if found := problem.Of(r.do()); len(found) != 1 || found[0].Code != r.code {
			t.Errorf("row %d: found %v, expected %s", i, found, r.code)
		}
		seen[r.code] = true
	}
	b, err := os.ReadFile(filepath.Join(testenv.Root(), "internal", "i18n", "catalog", "registers.id.json"))
	if err != nil {
		t.Fatal(err)
	}
	var words map[string]string
	if err := json.Unmarshal(b, &words); err != nil {
		t.Fatal(err)
	}
	for key := range words {
		if code, ok := strings.CutPrefix(key, "problem."); ok && strings.Contains(code, "study") && !strings.HasPrefix(code, "denied-") && !seen[code] {
			t.Errorf("no row for %s", code)
		}
	}
}
