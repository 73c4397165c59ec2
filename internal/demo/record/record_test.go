package record

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dampak/dampak/engine/duckdb"
	"github.com/dampak/dampak/internal/access"
	"github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/intake/attachment"
	"github.com/dampak/dampak/internal/intake/identity"
	"github.com/dampak/dampak/internal/registry"
	"github.com/dampak/dampak/internal/runs"
	"github.com/dampak/dampak/internal/store"
)

// secret is a password as it is kept that nobody knows.
const secret = "$argon2id$v=19$m=65536,t=3,p=2$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo"

var wib = time.FixedZone("WIB", 7*60*60)

// thatDay is when most tests look at the world.
var thatDay = time.Date(2026, 11, 25, 9, 0, 0, 0, wib)

// ofThatDay is the world of that day, for all tests that only look at it.
var ofThatDay struct {
	once  sync.Once
	store *store.Store
	dir   string
	err   error
}

func TestMain(m *testing.M) {
	status := m.Run()
	if ofThatDay.store != nil {
		_ = ofThatDay.store.Close()
	}
	_ = os.RemoveAll(ofThatDay.dir)
	os.Exit(status)
}

// looked gives the world of that day.
func looked(t *testing.T) *store.Store {
	t.Helper()
	o := &ofThatDay
	o.once.Do(func() {
		if o.dir, o.err = os.MkdirTemp("", "dampak-world-*"); o.err == nil {
			o.store, o.err = fill(o.dir, thatDay)
		}
	})
	ok(t, o.err)
	return o.store
}

// made gives the world of an instant.
func made(t *testing.T, now time.Time) *store.Store {
	t.Helper()
	s, err := fill(t.TempDir(), now)
	ok(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func fill(dir string, now time.Time) (*store.Store, error) {
	clock, ctx := &Clock{}, context.Background()
	s, err := store.Open(ctx, store.Config{Dir: dir, Now: clock.Now, Migrate: true})
	if err != nil {
		return nil, err
	}
	ring, err := identity.NewRing(strings.NewReader(strings.Repeat("uji ", 16)), now)
	if err != nil {
		return nil, err
	}
	worker := runs.Config{Store: s, Engine: duckdb.New(), Dir: filepath.Join(dir, "runs"), Version: "uji", Log: slog.New(slog.DiscardHandler)}
	return s, Fill(ctx, s, clock, now, Means{Secret: secret, Ring: func() (*identity.Ring, error) { return ring, nil }, Work: func(ctx context.Context) error {
		_, err := worker.One(ctx, "uji")
		return err
	}})
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// everybody sees all.
var everybody = access.Standing{User: "uji", Status: access.UserActive, Grants: []access.Grant{{Role: access.Administrator, Region: registry.Nation}, {Role: access.Auditor, Region: registry.Nation}}}

// states gives how agreements and permits stand, by the first words of what they
// are about.
func states(t *testing.T, s *store.Store, now time.Time) (agreements, permits map[string]string) {
	t.Helper()
	agreements, permits = map[string]string{}, map[string]string{}
	ok(t, s.View(t.Context(), func(r *store.Reader) error {
		grounds := store.GroundsIn(r)
		found, err := store.Agreements(r, everybody, store.AgreementFilter{}, store.Page{})
		if err != nil {
			return err
		}
		for _, a := range found {
			g, err := grounds.Of(a.ID)
			if err != nil {
				return err
			}
			agreements[a.Kind+" "+string(a.Day)] = g.Agreement.StateAt(now)
		}
		all, err := store.Permits(r, everybody, store.PermitFilter{}, store.Page{})
		if err != nil {
			return err
		}
		for _, p := range all {
			g, err := grounds.Of(p.Agreement)
			if err != nil {
				return err
			}
			state := p.StateAt(g, now)
			var regions []string
			for _, code := range p.Regions {
				r, _ := p.RegionAt(g, code, now)
				regions = append(regions, r.State)
			}
			if state == cooperation.PermitOpen || state == cooperation.PermitClosed {
				state += ": " + strings.Join(regions, " ")
			}
			if r := p.ReportAt(g, now); state == cooperation.PermitReporting && r.Late {
				state += ", late"
			}
			permits[p.Title] = state
		}
		return nil
	}))
	return agreements, permits
}

// TestTheWorld: on a day of 2026 the agreement of 2020 is over, its successor runs
// with a work plan and an addendum, and permits stand at every stage.
func TestTheWorld(t *testing.T) {
	now, s := thatDay, looked(t)
	agreements, permits := states(t, s, now)
	ok(t, s.View(t.Context(), func(r *store.Reader) error {
		if marked, err := store.Example(r); err != nil || !marked {
			t.Error("the record does not say that its world is invented", err)
		}
		first, _, err := store.EventOf(r, 1)
		if first.Type != "record-marked-example" {
			t.Errorf("the first event is %s", first.Type)
		}
		return err
	}))
	for name, want := range map[string]string{
		"pks 2020-09-21": "expired", "pks 2023-09-21": "amended", "rencana-kerja 2024-01-22": "active", "addendum 2025-03-03": "active",
	} {
		if agreements[name] != want {
			t.Errorf("%s is %q, expected %q", name, agreements[name], want)
		}
	}
	for title, want := range map[string]string{
		"Ketepatan Sasaran PKH dan Sembako di Madura Tahun 2021":                     "closed: granted waiting declined",
		"Keterlambatan Penyaluran PKH Plus dan Pengeluaran Rumah Tangga Lanjut Usia": "closed: granted granted",
		"Pemadanan Penerima Bantuan dengan Data Kependudukan":                        "declined",
		"Dampak PKH Plus pada Pengeluaran Rumah Tangga Penduduk Lanjut Usia":         "closed: granted granted deemed",
		"Pemanfaatan Program Sembako menurut Kecamatan":                              "expired",
		"Survei Kepuasan Penerima ASPD":                                              "revoked",
		"Penerima yang Menerima Beberapa Program Sekaligus":                          "withdrawn",
		"Kelengkapan Rekap Penyaluran Bantuan di Kabupaten":                          "reporting, late",
		"Dampak PKH Plus dan ASPD di Enam Kabupaten, Tahap Kedua":                    "open: granted granted",
		"Ketepatan Sasaran Bantuan Sosial di Madura, Putaran Kedua":                  "open: granted deemed declined deemed",
		"Verifikasi Lapangan oleh Dua Petugas di Bangkalan":                          "open: granted",
		"Kualitas Pendampingan PKH menurut Keluarga Penerima":                        "returned",
		"Graduasi Penerima PKH dan Kemiskinan Sesudahnya":                            "province-review",
		"Besaran Bantuan Sembako dan Harga Pangan Setempat":                          "submitted",
		"Biaya yang Ditanggung Penerima untuk Mengambil Bantuan":                     "draft",
	} {
		if permits[title] != want {
			t.Errorf("%s is %q, expected %q", title, permits[title], want)
		}
		delete(permits, title)
	}
	for title, state := range permits {
		t.Errorf("%s (%s) is not looked at", title, state)
	}
	if _, err := s.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	types := map[string]int{}
	ok(t, s.View(t.Context(), func(r *store.Reader) error {
		var last time.Time
		for e, err := range r.Log(0) {
			if err != nil {
				return err
			}
			if e.At.Before(last) || e.At.After(now) {
				t.Errorf("event %d (%s) at %v", e.Seq, e.Type, e.At)
			}
			last = e.At
			types[e.Type]++
		}
		waiting := 0
		for _, p := range People { // every inbox opens, and who acts has read theirs
			u, _, err := store.UserByEmail(r, p.Email)
			if err != nil {
				return err
			}
			who, err := store.Who(r, u.ID, now)
			if err != nil {
				return err
			}
			unread, err := store.Inbox(r, who, false, "", 100)
			if err != nil {
				return err
			}
			if acts(p) && len(unread) > 6 {
				t.Errorf("%s has %d unread notices", p.Email, len(unread))
			}
			waiting += len(unread)
		}
		if waiting == 0 {
			t.Error("nobody is told of anything")
		}
		looks, err := store.AuditLooks(r, agreementOf(t, r, "2023-09-21"), 0, 0)
		for _, l := range looks {
			if l.Outcome == access.LookShown && len(l.Outside) > 0 {
				t.Errorf("a look that was shown is outside: %v", l.Outside)
			}
		}
		if err == nil && len(looks) != 3 {
			t.Errorf("%d looks under the agreement of 2023", len(looks))
		}
		return err
	}))
	for _, want := range []string{"agreement-expired", "agreement-destruction-recorded", "permit-region-deemed", "permit-expired", "study-stopped", "study-data-withdrawn", "rows-shown", "look-refused"} {
		if types[want] == 0 {
			t.Errorf("the log has no %s", want)
		}
	}
}

// acts tells whether a person has a hand in a permit.
func acts(p Person) bool {
	return slices.ContainsFunc(permits, func(x permit) bool {
		return slices.ContainsFunc(x.acts, func(a act) bool { return a.who == key(p) })
	})
}

func agreementOf(t *testing.T, r *store.Reader, signed registry.Day) string {
	t.Helper()
	all, err := store.Agreements(r, everybody, store.AgreementFilter{}, store.Page{})
	ok(t, err)
	i := slices.IndexFunc(all, func(a cooperation.Agreement) bool { return a.Day == signed })
	if i < 0 {
		t.Fatalf("no agreement of %s", signed)
	}
	return all[i].ID
}

// TestOtherDays: the world can be made as of any day from the signing on, also far
// beyond the agreements and the holidays that are known; what is under way is under
// way on each day of the successor.
func TestOtherDays(t *testing.T) {
	for day, want := range map[string]struct{ of2020, of2023, mixed string }{
		"2020-09-21": {"proposed", "", ""}, "2020-09-22": {"active", "", ""}, "2023-09-21": {"expired", "proposed", ""},
		"2026-04-02": {"expired", "amended", "open: granted deemed declined deemed"}, // after the long days off of Nyepi and Idulfitri
		"2027-01-03": {"expired", "amended", "open: granted deemed declined deemed"}, // a Sunday
		"2031-06-01": {"expired", "expired", ""},
	} {
		t.Run(day, func(t *testing.T) {
			now, err := time.ParseInLocation(time.DateOnly, day, wib)
			ok(t, err)
			agreements, permits := states(t, made(t, now), now)
			if found := agreements["pks 2020-09-21"]; found != want.of2020 {
				t.Errorf("the agreement of 2020 is %q", found)
			}
			if found := agreements["pks 2023-09-21"]; found != want.of2023 {
				t.Errorf("that of 2023 is %q", found)
			}
			if found := permits["Ketepatan Sasaran Bantuan Sosial di Madura, Putaran Kedua"]; found != want.mixed {
				t.Errorf("the permit for Madura is %q", found)
			}
		})
	}
}

// TestPaper: what is attached in the demo would be taken from a form, and says
// that it is none.
func TestPaper(t *testing.T) {
	content := Paper("Surat (contoh) \\ kedua", strings.Repeat("kata ", 60))
	checked, err := attachment.Check(t.Context(), "surat.pdf", content)
	if err != nil || checked.Type != "application/pdf" {
		t.Error(checked, err)
	}
	if !strings.Contains(string(content), "CONTOH - bukan dokumen resmi") {
		t.Error("it does not say what it is")
	}
}

// TestFound: a record with offices and people, in which nothing has been agreed.
func TestFound(t *testing.T) {
	clock := &Clock{}
	s, err := store.Open(t.Context(), store.Config{Dir: t.TempDir(), Now: clock.Now, Migrate: true})
	ok(t, err)
	defer s.Close()
	now := time.Date(2026, 11, 25, 9, 0, 0, 0, wib)
	ok(t, Found(t.Context(), s, clock, now, secret))
	agreements, permits := states(t, s, clock.Now())
	if len(agreements)+len(permits) > 0 || registry.DayOf(clock.Now()) != "2026-11-25" {
		t.Error(agreements, permits, clock.Now())
	}
}
