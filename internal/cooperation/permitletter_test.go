package cooperation_test

import (
	"bytes"
	"crypto/ed25519"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	. "github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/registry"
)

func (s *play) letter(number string, d registry.Day, random byte) *play {
	s.t.Helper()
	in := Issue{Answer: signing("d35", ""), Position: "p-kadis", Random: [16]byte{random}}
	in.Number = &Number{Text: number, Day: d}
	s.do(s.p.IssueLetter(s.g, in, permitNames, official, on(d)))
	return s
}

// TestPermitLetter: the text of a letter for field work, with a region that said
// yes, one that was silent, and one that said no and is not in it. UPDATE_GOLDEN=1
// writes it anew; read it before you commit.
func TestPermitLetter(t *testing.T) {
	s := begin(t, permitGround(5), request(FieldWork)).submit("2026-01-28")
	a := signing("k35", "")
	a.Number = &Number{Text: "070/88/209.4/2026", Day: "2026-01-29"}
	s.do(s.p.Recommend(s.g, a, official, on("2026-01-29")))
	s.do(s.p.Open(s.g, signing("d35", ""), official, on("2026-01-30")))
	s.recommend("k3526", "3526", "2026-02-02").grant("3526", "2026-02-03").recommend("m3527", "3527", "2026-02-02")
	s.do(s.p.DeclineRegion(s.g, why(signing("d3528", "3528"), "sedang pendataan ulang"), official, on("2026-02-05")))
	s.letter("070/214/107.5/2026", "2026-02-11", 7)
	l := s.p.Letters[0]
	if !reflect.DeepEqual(l.Places, []Place{{"3526", "2026-07-31", false}, {"3527", "2026-07-31", true}}) || l.SHA256 != l.Text.SHA256() {
		t.Errorf("%+v", l.Places)
	}
	golden := filepath.Join("testdata", "permit-letter.txt")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(golden, []byte(l.Text.Plain()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got := l.Text.Plain(); got != string(want) {
		t.Errorf("the letter has changed:\n%s", got)
	}
	if strings.Contains(strings.ToLower(string(want)), "tanda tangan elektronik") || bytes.ContainsAny(want, "{}[]") {
		t.Error("the letter's words")
	}
	draft := s.p.LetterText(s.g, Letter{Position: "p-plt", Period: s.p.Period}, permitNames, on("2026-02-11")).Plain()
	if !strings.Contains(draft, "Nomor: ........\n") || !strings.Contains(draft, "Plt. Kepala Dinas") || strings.Contains(draft, "verifikasi") {
		t.Errorf("%s", draft)
	}
}

// TestVerify: what the public is told of a letter as time goes by.
func TestVerify(t *testing.T) {
	s := opened(t, DataUse, 5)
	s.recommend("k3526", "3526", "2026-02-03").grant("3526", "2026-02-03").letter("070/1", "2026-02-03", 1)
	s.grant("3528", "2026-02-04").letter("070/2", "2026-02-04", 2)
	first, second := s.p.Letters[0].Code, s.p.Letters[1].Code
	check := func(code string, d registry.Day, state, places string) {
		t.Helper()
		v, ok := s.p.Verify(s.g, code, on(d))
		var codes []string
		for _, p := range v.Places {
			codes = append(codes, p.Region)
		}
		if got := strings.Join(codes, " "); !ok || v.State != state || got != places || v.Title != s.p.Title {
			t.Errorf("%s: %+v", d, v)
		}
	}
	if now, _ := s.p.Verify(s.g, first, on("2026-02-05")); now.ReplacedBy == nil || now.ReplacedBy.Text != "070/2" || now.Institution != s.p.Institution {
		t.Errorf("%+v", now)
	}
	if then, _ := s.p.Verify(s.g, first, on("2026-02-03")); then.ReplacedBy != nil {
		t.Errorf("%+v", then)
	}
	check(first, "2026-02-03", "valid", "3526")
	check(first, "2026-02-05", "replaced", "3526")
	check(second, "2026-02-05", "valid", "3526 3528")
	check(second, "2026-07-31", "valid", "3526 3528")
	check(second, "2026-08-01", "over", "")
	if _, ok := s.p.Verify(s.g, second, on("2026-02-03")); ok {
		t.Error("a letter before it was issued")
	}
	if _, ok := s.p.Verify(s.g, MakeCode([16]byte{9}), on("2026-02-05")); ok {
		t.Error("a guessed code")
	}
	s.g = terminated(s.g, "2026-05-01", on("2026-04-01"))
	check(second, "2026-04-30", "valid", "3526 3528")
	check(second, "2026-05-01", "over", "")
	s.do(s.p.RevokeRegion(s.g, why(signing("d3526", "3526"), "x"), official, on("2026-03-02")))
	check(second, "2026-03-02", "valid", "3528")
	if v, _ := s.p.Verify(s.g, second, on("2026-03-02")); !slices.Equal(v.Gone, []string{"3526"}) {
		t.Error(v.Gone)
	}
	s.do(s.p.Revoke(s.g, why(signing("d35", ""), "x"), official, on("2026-03-03")))
	check(second, "2026-03-03", "revoked", "")

	early := begin(t, permitGround(5), request(DataUse)).submit("2026-01-20").open("2026-01-21").grant("3528", "2026-01-22").letter("070/1", "2026-01-22", 1)
	if v, _ := early.p.Verify(early.g, early.p.Letters[0].Code, on("2026-02-01")); v.State != "not-begun" || len(v.Places) != 1 {
		t.Errorf("%+v", v)
	}
}

// TestLetterOfAnExtension: a place that has not answered the extension is named
// with its own last day.
func TestLetterOfAnExtension(t *testing.T) {
	s := opened(t, DataUse, 0).grant("3528", "2026-02-03").recommend("k3526", "3526", "2026-02-03").grant("3526", "2026-02-04")
	s.do(s.p.Extend(s.g, "2026-12-31", why(signing("d35", ""), "x"), official, on("2026-06-01")))
	s.grant("3528", "2026-06-02").letter("070/9", "2026-06-03", 3)
	l := s.p.Letters[0]
	if !reflect.DeepEqual(l.Places, []Place{{"3526", "2026-07-31", false}, {"3528", "2026-12-31", false}}) || !strings.Contains(l.Text.Plain(), "Kabupaten Bangkalan (3526), sampai dengan 31 Juli 2026; Kabupaten Pamekasan (3528)\n") {
		t.Errorf("%+v\n%s", l.Places, l.Text.Plain())
	}
	if _, shut := s.p.Opens(s.g, DataUse, on("2026-08-01")); !slices.Contains(shut, Shut{"3526", "waiting"}) {
		t.Error(shut)
	}
}

func TestCodes(t *testing.T) {
	code := MakeCode([16]byte{0xff, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xff})
	if len(code) != 26 {
		t.Error(code)
	}
	for _, typed := range []string{code, strings.ToUpper(code), code[:13] + " " + code[13:], code[:4] + "-" + code[4:]} {
		if got, err := ParseCode(typed); err != nil || got != code {
			t.Errorf("%q: %q %v", typed, got, err)
		}
	}
	loose := code[:25] + string(code[25]+1) // bits beyond the 128
	for _, bad := range []string{"", code[:25], code + "a", strings.Replace(code, code[:1], "1", 1), loose, code[:25] + "\n", code + "\n"} {
		if got, err := ParseCode(bad); err == nil {
			t.Errorf("%q is read as %q", bad, got)
		}
	}
}

// TestSlip: a slip is read back; no byte of it may change; a slip is its letter's
// alone.
func TestSlip(t *testing.T) {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	other := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, ed25519.SeedSize))
	sign := func(k ed25519.PrivateKey) func([]byte) []byte {
		return func(m []byte) []byte { return ed25519.Sign(k, m) }
	}
	mine := SlipKeyText(key.Public().(ed25519.PublicKey))
	s := opened(t, DataUse, 5).grant("3528", "2026-02-03").recommend("k3526", "3526", "2026-02-03").grant("3526", "2026-02-04").letter("070/214/107.5/2026", "2026-02-04", 1)
	v, _ := s.p.Verify(s.g, s.p.Letters[0].Code, on("2026-02-05"))
	v.Places[0].Until = "2026-06-30"
	for _, example := range []bool{false, true} {
		slip := v.Slip(mine, "2026-11-26", example)
		text, err := EncodeSlip(slip, sign(key))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(text, "Keadaan pada hari cetak 2026-11-26: berlaku\n") || strings.Contains(text, "CONTOH - bukan dokumen resmi\n") != example || len(text) > 700 {
			t.Errorf("%d bytes:\n%s", len(text), text)
		}
		for _, person := range []string{"Laras", "Bagas", "Wening", "peneliti", "pejabat"} {
			if strings.Contains(text, person) {
				t.Error("a person in the slip:", person)
			}
		}
		if got, err := CheckSlip(text); err != nil || !reflect.DeepEqual(got, slip) {
			t.Errorf("%+v %v", got, err)
		}
		for i := range len(text) {
			for _, b := range []byte{text[i] ^ 1, text[i] ^ 0x20, '\n', 0} {
				if changed := []byte(text); b != text[i] {
					changed[i] = b
					if _, err := CheckSlip(string(changed)); err == nil {
						t.Fatalf("byte %d changed from %q to %q", i, text[i], b)
					}
				}
			}
			if _, err := CheckSlip(text[:i]); err == nil {
				t.Fatalf("cut at %d", i)
			}
		}
		for _, more := range []string{text + "\n", text + " ", "\n" + text, text + text} {
			if _, err := CheckSlip(more); err == nil {
				t.Errorf("%q", more)
			}
		}
	}
	slip := v.Slip(mine, "2026-11-26", false)
	forged, _ := EncodeSlip(slip, sign(other))
	if _, err := CheckSlip(forged); codesOf(err) != "permit-slip-seal" {
		t.Error("another key:", err)
	}
	// Any Dampak checks the slip of another: it is whole, and its key can be compared.
	slip.Key = SlipKeyText(other.Public().(ed25519.PublicKey))
	foreign, _ := EncodeSlip(slip, sign(other))
	if got, err := CheckSlip(foreign); err != nil || got.Key == mine || !regexp.MustCompile(`^([0-9a-f]{4} ){7}[0-9a-f]{4}$`).MatchString(got.Fingerprint()) || got.Fingerprint() == v.Slip(mine, "2026-11-26", false).Fingerprint() {
		t.Errorf("%+v %v", got, err)
	}
	slip.Key = "k2"
	none, _ := EncodeSlip(slip, sign(key))
	if _, err := CheckSlip(none); codesOf(err) != "permit-slip" {
		t.Error("no key:", err)
	}
	// Copied to another letter, the slip still speaks of its own.
	text, _ := EncodeSlip(v.Slip(mine, "2026-11-26", false), sign(key))
	copied, err := CheckSlip(text)
	if err != nil || copied.Number != "070/214/107.5/2026" || copied.Title != s.p.Title {
		t.Errorf("%+v %v", copied, err)
	}
	for what, change := range map[string]func(*Slip){
		"a second line in the title": func(s *Slip) { s.Title = "a\nKunci: k9" }, "no such state": func(s *Slip) { s.State = "fine" },
		"a blank in a place": func(s *Slip) { s.Places = []Place{{"3526 3527", s.Period.Until, false}} }, "a line break in the number": func(s *Slip) { s.Number = "1\n" },
	} {
		bad := v.Slip(mine, "2026-11-26", false)
		change(&bad)
		if text, err := EncodeSlip(bad, sign(key)); codesOf(err) != "permit-slip" {
			t.Errorf("%s:\n%s", what, text)
		}
	}
}

// TestReportReminders: round the due day, until the report is in; and runs that
// join each other give every reminder once.
func TestReportReminders(t *testing.T) {
	s := opened(t, DataUse, 5).grant("3528", "2026-02-03") // ends 31 July: due 30 August
	all := s.p.ReportReminders(s.g, on("2026-02-03"), on("2027-02-03"))
	var days []registry.Day
	for _, r := range all {
		days = append(days, r.Day)
	}
	if want := []registry.Day{"2026-08-23", "2026-08-29", "2026-08-31", "2026-09-06", "2026-09-13", "2026-09-29"}; !slices.Equal(days, want) {
		t.Errorf("%v, want %v", days, want)
	}
	if !slices.Equal(all[2].To, []Recipient{ToResponsible}) || !slices.Equal(all[4].To, []Recipient{ToResponsible, ToInstitution}) || !slices.Contains(all[5].To, ToProvince) || all[0].Due != "2026-08-30" {
		t.Errorf("%+v", all)
	}
	var piecewise []ReportReminder
	for d := registry.Day("2026-08-01"); d < "2026-10-10"; d = d.Add(1) {
		piecewise = append(piecewise, s.p.ReportReminders(s.g, d.Begins(), d.Add(1).Begins())...)
	}
	if !reflect.DeepEqual(piecewise, all) {
		t.Errorf("%v", piecewise)
	}
	s.do(s.p.FileReport(s.g, &scan, "", researcher, on("2026-08-30")))
	if got := s.p.ReportReminders(s.g, on("2026-02-03"), on("2027-02-03")); len(got) != 2 {
		t.Errorf("after it was filed: %v", got)
	}
	s.do(s.p.ReturnReport(s.g, why(signing("d35", ""), "tanpa tabel"), official, on("2026-09-10")))
	if got := s.p.ReportReminders(s.g, on("2026-09-10"), on("2027-02-03")); len(got) != 2 {
		t.Errorf("after it was returned: %v", got)
	}
	none := opened(t, DataUse, 5)
	if got := none.p.ReportReminders(none.g, on("2026-02-03"), on("2027-02-03")); got != nil {
		t.Errorf("nothing was opened: %v", got)
	}
	early := opened(t, DataUse, 5).grant("3528", "2026-02-03")
	early.do(early.p.Withdraw(early.g, "selesai lebih cepat", researcher, on("2026-03-02")))
	if r := early.p.ReportAt(early.g, on("2026-03-03")); early.p.StateAt(early.g, on("2026-03-03")) != PermitReporting || r.Due != "2026-04-01" {
		t.Errorf("%+v", r)
	}
	if got, _ := early.p.Opens(early.g, DataUse, on("2026-03-02").Add(1)); len(got) != 0 {
		t.Error("open after the withdrawal:", got)
	}
	early.g.Agreement.Agreement.Terms.ReportDays = 3 // H-7 lies before the withdrawal, when nobody could know of it
	if got := early.p.ReportReminders(early.g, on("2026-02-03"), on("2026-03-10")); len(got) != 2 || got[0].Day != "2026-03-04" {
		t.Errorf("due at once: %v", got)
	}
	ends := terminated(opened(t, DataUse, 5).grant("3528", "2026-02-03").g, "2026-05-01", on("2026-04-01"))
	if r := s.p.ReportAt(ends, on("2026-05-02")); r.Due != "2026-05-30" {
		t.Errorf("the agreement ended: %+v", r)
	}
}

// TestLetterEndsEarly: a check says why, and which day was the last one in truth.
func TestLetterEndsEarly(t *testing.T) {
	begun := func() *play {
		return opened(t, DataUse, 5).grant("3528", "2026-02-03").letter("070/9/2026", "2026-02-04", 9)
	}
	check := func(what string, s *play, g Ground, why string, last registry.Day) {
		t.Helper()
		if v, _ := s.p.Verify(g, s.p.Letters[0].Code, on("2026-06-01")); v.Ended != why || v.Last != last {
			t.Errorf("%s: %q on %s", what, v.Ended, v.Last)
		}
		for _, l := range i18n.Langs {
			if why != "" && !i18n.Has(l, "permit.letter-end."+why) {
				t.Errorf("%s: no words for %s", l, why)
			}
		}
	}
	s := begun()
	check("it runs", s, s.g, "", "2026-07-31")
	check("the agreement ended", s, terminated(s.g, "2026-05-01", on("2026-04-01")), "agreement", "2026-04-30")
	s.do(s.p.Withdraw(s.g, "selesai", researcher, on("2026-03-02")))
	check("withdrawn", s, s.g, "withdrawn", "2026-03-02")
	s = begun()
	s.do(s.p.Revoke(s.g, why(signing("d35", ""), "x"), official, on("2026-03-03")))
	check("revoked", s, s.g, "revoked", "2026-03-03")
}
