package registry_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	. "github.com/dampak/dampak/internal/registry"
)

// now is 2026-11-25 in Jakarta, and still the day before in UTC.
var now = time.Date(2026, 11, 24, 18, 0, 0, 0, time.UTC)

const today Day = "2026-11-25"

func name(user string) string {
	return map[string]string{"sri": "Sri", "budi": "Budi", "tono": "Tono"}[user]
}

func office() Organisation {
	return Organisation{ID: "o1", Kind: RegencyOffice, Region: "3507", Period: Period{From: "2020-01-01"}, Names: []Name{{"Dinas Sosial Kabupaten Malang", "Dinsos Malang", "2020-01-01"}}}
}

func seat(held ...Holding) Position {
	return Position{ID: "p1", Organisation: "o1", Title: "Kepala Dinas", Period: Period{From: "2020-01-01"}, Holdings: held}
}

var letter = &Mandate{Number: "821.2/104/2026", Date: "2026-11-20", File: strings.Repeat("0a", 32)}

// hold is a holding recorded long ago; until may be empty.
func hold(user string, c event.Capacity, from, until Day) Holding {
	h := Holding{ID: "h-" + user, User: user, Capacity: c, Period: Period{From: from, Until: until}, Begun: now.AddDate(-1, 0, 0)}
	if c != event.Definitive {
		h.Mandate = letter
	}
	if c == event.Plh {
		h.Absence = &Absence{Period: h.Period, Reason: "cuti tahunan"}
	}
	return h
}

// TestRefusals: each rule of the room, by the code of its problem; none: it goes
// through. No problem of the catalogue is without a row.
func TestRefusals(t *testing.T) {
	asks := func(change func(*Organisation)) func() error {
		return func() error {
			o := office()
			change(&o)
			_, err := RegisterOrganisation(o, []Organisation{{Kind: RegencyOffice, Period: Period{From: "2020-01-01"}, Names: []Name{{"Dinas Sosial P3AP2KB", "Dinsos P3", "2020-01-01"}}}}, now)
			return err
		}
	}
	renames := func(n Name) func() error {
		return func() error { _, err := office().Rename(n, nil, now); return err }
	}
	creates := func(p Position) func() error {
		return func() error { _, err := CreatePosition(p, office(), []Position{seat()}); return err }
	}
	begins := func(p Position, h Holding) func() error {
		return func() error { _, err := p.BeginHolding(h, name, now); return err }
	}
	ends := func(p Position, id string, last Day) func() error {
		return func() error { _, err := p.EndHolding(id, last, name, now); return err }
	}
	with := func(h Holding, change func(*Holding)) Holding { change(&h); return h }
	signs := func(c event.Capacity, d Document) func() error {
		return func() error { return DefaultSigning().May(c, d) }
	}
	endedOffice, endedSeat := office(), seat()
	endedOffice.Period.Until, endedSeat.Period.Until = "2026-01-31", "2026-01-31"
	nothing := Signing{}
	heads := func(l Letterhead) func() error {
		return func() error { _, err := office().ChangeLetterhead(nil, l); return err }
	}
	rows := []struct {
		what, code string
		do         func() error
	}{
		{"an office", "", asks(func(*Organisation) {})},
		{"no name", "blank-name", asks(func(o *Organisation) { o.Names[0].Full = " \t" })},
		{"no names", "blank-name", asks(func(o *Organisation) { o.Names = nil })},
		{"no short name", "blank-short", asks(func(o *Organisation) { o.Names[0].Short = "" })},
		{"a bell in the name", "text-strange", asks(func(o *Organisation) { o.Names[0].Full = "Dinas\aSosial" })},
		{"not UTF-8", "text-strange", asks(func(o *Organisation) { o.Names[0].Full = "Dinas \xff" })},
		{"a name that turns the line round", "text-strange", asks(func(o *Organisation) { o.Names[0].Full = "Dinas \u202elaisoS" })},
		{"two lines", "text-strange", asks(func(o *Organisation) { o.Names[0].Full = "Dinas\nSosial" })},
		{"HTML is text", "", asks(func(o *Organisation) { o.Names[0].Full = "<b>Dinas</b> & \"Sosial\"" })},
		{"a long name", "text-long", asks(func(o *Organisation) { o.Names[0].Full = strings.Repeat("é", LongestName+1) })},
		{"as long as may be", "", asks(func(o *Organisation) { o.Names[0].Full = strings.Repeat("é", LongestName) })},
		{"an identity number", "text-identity", asks(func(o *Organisation) { o.Names[0].Full = "Dinas 0000000000000000" })},
		{"no day", "day", asks(func(o *Organisation) { o.Period.From = "" })},
		{"31 November", "day", asks(func(o *Organisation) { o.Period.From = "2026-11-31" })},
		{"another spelling of a day", "day", asks(func(o *Organisation) { o.Period.From = "25-11-2026" })},
		{"last before first", "period", asks(func(o *Organisation) { o.Period.Until = "2019-12-31" })},
		{"ends at once", "organisation-ends-at-once", asks(func(o *Organisation) { o.Period.Until = "2026-12-31" })},
		{"unknown kind", "organisation-kind", asks(func(o *Organisation) { o.Kind = "ngo" })},
		{"unknown region", "region-unknown", asks(func(o *Organisation) { o.Region = "3599" })},
		{"before the region", "region-not-yet", asks(func(o *Organisation) { o.Region, o.Period.From = "3579", "2001-06-20" })},
		{"its first day", "", asks(func(o *Organisation) { o.Region, o.Period.From = "3579", "2001-06-21" })},
		{"a regency office of a province", "organisation-level-regency-office", asks(func(o *Organisation) { o.Region = "35" })},
		{"a province office of a regency", "organisation-level-province-office", asks(func(o *Organisation) { o.Kind = ProvinceOffice })},
		{"a ministry centre of a regency", "organisation-level-ministry-centre", asks(func(o *Organisation) { o.Kind = MinistryCentre })},
		{"a ministry centre", "", asks(func(o *Organisation) { o.Kind, o.Region = MinistryCentre, Nation })},
		{"a name twice", "organisation-twice", asks(func(o *Organisation) { o.Names[0].Full = "dinas sosial p3ap2kb" })},
		{"a short name twice", "organisation-twice", asks(func(o *Organisation) { o.Names[0].Short = "Dinsos P3" })},

		{"another name", "", renames(Name{"Dinas Sosial P3AP2KB", "Dinsos P3", "2027-01-01"})},
		{"a name for before", "organisation-name-order", renames(Name{"Dinas Sosial P3AP2KB", "Dinsos P3", "2020-01-01"})},
		{"the same name", "organisation-same-name", renames(Name{"Dinas Sosial Kabupaten Malang ", "Dinsos Malang", "2027-01-01"})},
		{"a name without day", "day", renames(Name{"X", "X", ""})},
		{"renaming the ended", "state-organisation-ended", func() error { _, err := endedOffice.Rename(Name{"X", "X", "2027-01-01"}, nil, now); return err }},
		{"ending", "", func() error { _, err := office().End("2026-12-31", nil); return err }},
		{"ending with positions that end too", "", func() error { _, err := office().End("2026-12-31", []Position{endedSeat}); return err }},
		{"ending before the positions", "organisation-has-positions", func() error { _, err := office().End("2026-12-31", []Position{seat()}); return err }},
		{"ending twice", "state-organisation-ended", func() error { _, err := endedOffice.End("2026-12-31", nil); return err }},
		{"ending without day", "day", func() error { _, err := office().End("", nil); return err }},
		{"ending before it began", "period", func() error { _, err := office().End("2019-12-31", nil); return err }},

		{"a position", "", creates(Position{ID: "p2", Title: "Sekretaris", Period: Period{From: today}})},
		{"no title", "blank-title", creates(Position{Period: Period{From: today}})},
		{"a position twice", "position-twice", creates(Position{Title: "Kepala Dinas", Period: Period{From: today}})},
		{"before the organisation", "position-outside", creates(Position{Title: "Sekretaris", Period: Period{From: "2019-12-31"}})},
		{"with an end", "position-outside", creates(Position{Title: "Sekretaris", Period: Period{From: today, Until: today}})},
		{"in an ended one", "state-organisation-ended", func() error {
			_, err := CreatePosition(Position{Title: "Sekretaris", Period: Period{From: today}}, endedOffice, nil)
			return err
		}},
		{"ending a position", "", func() error {
			_, err := seat(hold("sri", event.Definitive, "2026-01-01", "2026-06-30")).End("2026-06-30", name)
			return err
		}},
		{"ending a held one", "position-is-held", func() error {
			_, err := seat(hold("sri", event.Definitive, "2026-01-01", "")).End("2026-06-30", name)
			return err
		}},
		{"ending an ended one", "state-position-ended", func() error { _, err := endedSeat.End("2026-06-30", name); return err }},
		{"ending a position without day", "day", func() error { _, err := seat().End("", name); return err }},

		{"a definitive holder", "", begins(seat(), hold("sri", event.Definitive, today, ""))},
		{"in an ended position", "state-position-ended", begins(endedSeat, hold("sri", event.Definitive, today, ""))},
		{"in no capacity", "holding-capacity", begins(seat(), hold("sri", event.NoCapacity, today, ""))},
		{"as local administrator", "holding-capacity", begins(seat(), hold("sri", event.LocalAdministrator, today, ""))},
		{"before the position", "holding-outside", begins(seat(), hold("sri", event.Definitive, "2019-12-31", ""))},
		{"backwards", "period", begins(seat(), hold("sri", event.Definitive, "2026-12-31", "2026-12-01"))},
		{"two definitive", "holding-definitive-taken", begins(seat(hold("sri", event.Definitive, "2026-01-01", "")), hold("budi", event.Definitive, "2027-01-01", ""))},
		{"on its last day", "holding-definitive-taken", begins(seat(hold("sri", event.Definitive, "2026-01-01", today)), hold("budi", event.Definitive, today, ""))},
		{"on the day after", "", begins(seat(hold("sri", event.Definitive, "2026-01-01", today)), hold("budi", event.Definitive, today.Add(1), ""))},
		{"definitive beside a Plt.", "holding-definitive-plt", begins(seat(hold("sri", event.Plt, "2026-01-01", "")), hold("budi", event.Definitive, today, ""))},
		{"a Plt. for the vacant", "", begins(seat(hold("sri", event.Definitive, "2026-01-01", today)), hold("budi", event.Plt, today.Add(1), "2027-03-31"))},
		{"a Plt. beside a definitive", "holding-plt-not-vacant", begins(seat(hold("sri", event.Definitive, "2026-01-01", "")), hold("budi", event.Plt, today, ""))},
		{"two Plt.", "holding-plt-taken", begins(seat(hold("sri", event.Plt, "2026-01-01", "")), hold("budi", event.Plt, today, ""))},
		{"a Plh. for who is away", "", begins(seat(hold("sri", event.Definitive, "2026-01-01", "")), hold("budi", event.Plh, "2026-12-01", "2026-12-14"))},
		{"over two definitive holders", "", begins(seat(hold("tono", event.Definitive, "2026-12-08", ""), hold("sri", event.Definitive, "2026-01-01", "2026-12-07")), hold("budi", event.Plh, "2026-12-01", "2026-12-14"))},
		{"over a gap", "holding-plh-nobody", begins(seat(hold("tono", event.Definitive, "2026-12-09", ""), hold("sri", event.Definitive, "2026-01-01", "2026-12-07")), hold("budi", event.Plh, "2026-12-01", "2026-12-14"))},
		{"a Plh. for nobody", "holding-plh-nobody", begins(seat(), hold("budi", event.Plh, "2026-12-01", "2026-12-14"))},
		{"a Plh. for a Plt.", "holding-plh-nobody", begins(seat(hold("sri", event.Plt, "2026-01-01", "")), hold("budi", event.Plh, "2026-12-01", "2026-12-14"))},
		{"two Plh.", "holding-plh-taken", begins(seat(hold("sri", event.Definitive, "2026-01-01", ""), hold("tono", event.Plh, "2026-12-14", "2026-12-20")), hold("budi", event.Plh, "2026-12-01", "2026-12-14"))},
		{"a Plh. without absence", "holding-absence", begins(seat(hold("sri", event.Definitive, "2026-01-01", "")), with(hold("budi", event.Plh, "2026-12-01", "2026-12-14"), func(h *Holding) { h.Absence = nil }))},
		{"an absence without end", "holding-absence", begins(seat(hold("sri", event.Definitive, "2026-01-01", "")), hold("budi", event.Plh, "2026-12-01", ""))},
		{"an absence without reason", "blank-absence", begins(seat(hold("sri", event.Definitive, "2026-01-01", "")), with(hold("budi", event.Plh, "2026-12-01", "2026-12-14"), func(h *Holding) { h.Absence = &Absence{Period: h.Period} }))},
		{"a Plh. beyond the absence", "holding-plh-present", begins(seat(hold("sri", event.Definitive, "2026-01-01", "")), with(hold("budi", event.Plh, "2026-12-01", "2026-12-14"), func(h *Holding) {
			h.Absence = &Absence{Period: Period{From: "2026-12-01", Until: "2026-12-13"}, Reason: "dinas luar"}
		}))},
		{"an absence for a Plt.", "holding-absence-idle", begins(seat(), with(hold("budi", event.Plt, today, ""), func(h *Holding) { h.Absence = &Absence{Period: h.Period, Reason: "x"} }))},
		{"a.n. the definitive", "", begins(seat(hold("sri", event.Definitive, "2026-01-01", "")), hold("budi", event.An, today, ""))},
		{"a.n. a Plt. for as long", "", begins(seat(hold("sri", event.Plt, "2026-01-01", "2026-12-31")), hold("budi", event.An, today, "2026-12-31"))},
		{"a.n. longer than the Plt.", "holding-an-nobody", begins(seat(hold("sri", event.Plt, "2026-01-01", "2026-12-31")), hold("budi", event.An, today, ""))},
		{"a.n. nobody", "holding-an-nobody", begins(seat(), hold("budi", event.An, today, "2026-12-31"))},
		{"standing in for oneself", "holding-same-person", begins(seat(hold("sri", event.Definitive, "2026-01-01", "")), hold("sri", event.An, today, "2026-12-31"))},
		{"no mandate", "blank-mandate", begins(seat(), with(hold("budi", event.Plt, today, ""), func(h *Holding) { h.Mandate = nil }))},
		{"no number", "blank-mandate", begins(seat(), with(hold("budi", event.Plt, today, ""), func(h *Holding) { h.Mandate = &Mandate{Date: today, File: letter.File} }))},
		{"no date of the mandate", "day", begins(seat(), with(hold("budi", event.Plt, today, ""), func(h *Holding) { h.Mandate = &Mandate{Number: "1", File: letter.File} }))},
		{"a mandate of tomorrow", "holding-mandate-future", begins(seat(), with(hold("budi", event.Plt, today, ""), func(h *Holding) { h.Mandate = &Mandate{"1", today.Add(1), letter.File} }))},
		{"no file", "holding-mandate-file", begins(seat(), with(hold("budi", event.Plt, today, ""), func(h *Holding) { h.Mandate = &Mandate{"1", today, ""} }))},
		{"a file by name", "holding-mandate-file", begins(seat(), with(hold("budi", event.Plt, today, ""), func(h *Holding) { h.Mandate = &Mandate{"1", today, "../surat.pdf"} }))},

		{"ending a holding", "", ends(seat(hold("sri", event.Definitive, "2026-01-01", "")), "h-sri", "2026-11-30")},
		{"never held", "", ends(seat(hold("sri", event.Definitive, "2026-12-01", "")), "h-sri", "2026-11-30")},
		{"ending before that", "holding-ends", ends(seat(hold("sri", event.Definitive, "2026-12-01", "")), "h-sri", "2026-11-29")},
		{"ending on its last day", "holding-ends", ends(seat(hold("sri", event.Definitive, "2026-01-01", "2026-11-30")), "h-sri", "2026-11-30")},
		{"ending what is not there", "holding-unknown", ends(seat(), "h-sri", "2026-11-30")},
		{"ending a holding without day", "day", ends(seat(hold("sri", event.Definitive, "2026-01-01", "")), "h-sri", "")},
		{"ending under a Plh.", "holding-stood-in", ends(seat(hold("sri", event.Definitive, "2026-01-01", ""), hold("budi", event.Plh, "2026-12-01", "2026-12-14")), "h-sri", "2026-12-13")},
		{"ending with a Plh.", "", ends(seat(hold("sri", event.Definitive, "2026-01-01", ""), hold("budi", event.Plh, "2026-12-01", "2026-12-14")), "h-sri", "2026-12-14")},
		{"ending under a.n.", "holding-stood-in", ends(seat(hold("sri", event.Definitive, "2026-01-01", ""), hold("budi", event.An, "2026-12-01", "")), "h-sri", "2026-12-14")},

		{"a Plt. signs a decision", "", signs(event.Plt, DecisionDocument)},
		{"a Plt. signs an agreement", "signing-agreement", signs(event.Plt, AgreementDocument)},
		{"the holder signs an agreement", "", signs(event.Definitive, AgreementDocument)},
		{"nobody's seat", "signing-no-position", signs(event.NoCapacity, LetterDocument)},
		{"the machine's user", "signing-no-position", signs(event.LocalAdministrator, LetterDocument)},
		{"no permit", "signing-permit", func() error { return nothing.May(event.Plh, PermitDocument) }},
		{"no decision", "signing-decision", func() error { return nothing.May(event.An, DecisionDocument) }},
		{"no letter", "signing-letter", func() error { return nothing.May(event.Plt, LetterDocument) }},
		{"a setting", "", func() error {
			_, err := office().ChangeSigning(DefaultSigning(), Signing{Plt: []Document{AgreementDocument}})
			return err
		}},
		{"an unknown document", "setting-documents", func() error {
			_, err := office().ChangeSigning(DefaultSigning(), Signing{Plt: []Document{"cheque"}})
			return err
		}},
		{"a document twice", "setting-documents", func() error {
			_, err := office().ChangeSigning(DefaultSigning(), Signing{An: []Document{LetterDocument, LetterDocument}})
			return err
		}},
		{"a setting of the ended", "state-organisation-ended", func() error { _, err := endedOffice.ChangeSigning(nothing, nothing); return err }},
		{"a letterhead", "", heads(Letterhead{Names: []string{"Pemerintah Provinsi Jawa Timur", " Dinas Sosial ", ""}, Address: "Jalan Contoh 1, Surabaya", Phone: "(031) 555 0100", Email: "Kantor@Contoh.go.id", Logo: strings.Repeat("a", 64)})},
		{"a letterhead of names alone", "", heads(Letterhead{Names: []string{"Dinas Sosial"}})},
		{"no name", "letterhead-names", heads(Letterhead{Names: []string{" "}, Address: "Jalan Contoh 1"})},
		{"five names", "letterhead-names", heads(Letterhead{Names: []string{"a", "b", "c", "d", "e"}})},
		{"a long name", "text-long", heads(Letterhead{Names: []string{strings.Repeat("a", 101)}})},
		{"an identity number for a telephone", "text-identity", heads(Letterhead{Names: []string{"Dinas Sosial"}, Phone: "3507123456789012"})},
		{"an address of two lines", "text-strange", heads(Letterhead{Names: []string{"Dinas Sosial"}, Address: "Jalan Contoh 1\nSurabaya"})},
		{"a name for an e-mail address", "letterhead-email", heads(Letterhead{Names: []string{"Dinas Sosial"}, Email: "Kantor <kantor@contoh.go.id>"})},
		{"a path for a logo", "letterhead-logo", heads(Letterhead{Names: []string{"Dinas Sosial"}, Logo: "../logo.png"})},
		{"a letterhead of the ended", "state-organisation-ended", func() error {
			_, err := endedOffice.ChangeLetterhead(nil, Letterhead{Names: []string{"Dinas Sosial"}})
			return err
		}},

		{"no reason", "blank-reason", func() error { return CheckReason("") }},
		{"a reason of two lines", "", func() error { return CheckReason(Clean("mutasi\r\nmulai Januari ")) }},
		{"an e-mail address left out", "blank-email", func() error { return CheckText("email", "", 9, false) }},
	}
	met := map[string]bool{}
	for _, r := range rows {
		err := r.do()
		found := ""
		for _, p := range problem.Of(err) {
			found = p.Code
			for _, l := range i18n.Langs {
				if text := p.Text(l); strings.ContainsAny(text, "{}[]") {
					t.Errorf("%s: %s", r.what, text)
				}
			}
		}
		if found != r.code || (err != nil) != (r.code != "") {
			t.Errorf("%s: %q (%v), want %q", r.what, found, err, r.code)
		}
		met[found] = true
	}
	for _, key := range catalogued(t, "registry.en.json") {
		if code, ok := strings.CutPrefix(key, "problem."); ok && !met[code] {
			t.Errorf("no row is refused with %q", code)
		}
	}
}

// TestInputsAreNotChanged by a command.
func TestInputsAreNotChanged(t *testing.T) {
	p := seat(hold("sri", event.Definitive, "2026-01-01", ""), hold("budi", event.Plh, "2026-12-01", "2026-12-14"))
	before, err := event.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.EndHolding("h-budi", "2026-12-05", name, now)
	if err != nil {
		t.Fatal(err)
	}
	after, err := event.Marshal(p)
	if err != nil || string(before) != string(after) {
		t.Errorf("%s\n%s", before, after)
	}
	var changed Position
	raw, err := event.Marshal(c.After)
	if err != nil || json.Unmarshal(raw, &changed) != nil || changed.Holdings[1].Last != "2026-12-05" || p.Holdings[1].Last != "" {
		t.Errorf("%s %v", raw, err)
	}
}

// TestAsOfThen: what was recorded later does not change what held before.
func TestAsOfThen(t *testing.T) {
	at := func(s string) time.Time {
		x, err := time.ParseInLocation("2006-01-02 15:04", s, time.FixedZone("WIB", 7*3600))
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	begun := at("2026-12-03 10:00") // recorded two days late
	c, err := seat().BeginHolding(Holding{ID: "h", User: "sri", Capacity: event.Definitive, Period: Period{From: "2026-12-01", Until: "2026-12-31"}}, name, begun)
	if err != nil {
		t.Fatal(err)
	}
	p := c.After.(Position)
	if c, err = p.EndHolding("h", "2026-12-05", name, at("2026-12-10 09:00")); err != nil { // late again
		t.Fatal(err)
	}
	p = c.After.(Position)
	for instant, want := range map[string]bool{
		"2026-12-03 09:59": false, "2026-12-03 10:00": true, "2026-12-05 23:59": true, "2026-12-06 00:00": true,
		"2026-12-10 08:59": true, "2026-12-10 09:00": false, "2026-12-31 12:00": false,
	} {
		if _, held := p.InCharge(at(instant)); held != want {
			t.Errorf("%s: held %v", instant, held)
		}
	}
	if !p.Holdings[0].Days().Meets(Period{From: "2026-12-05", Until: "2026-12-05"}) || p.Holdings[0].Days().Meets(Period{From: "2026-12-06"}) {
		t.Error(p.Holdings[0].Days())
	}
}

// TestInCharge: the Plh. before the definitive holder, never a.n.
func TestInCharge(t *testing.T) {
	p := seat(hold("sri", event.Definitive, "2026-01-01", "2026-12-31"), hold("budi", event.Plh, "2026-12-01", "2026-12-14"), hold("tono", event.An, "2026-01-01", "2026-12-31"))
	for day, want := range map[Day]string{"2026-11-30": "sri", "2026-12-01": "budi", "2026-12-14": "budi", "2026-12-15": "sri", "2027-01-01": ""} {
		at, err := time.ParseInLocation("2006-01-02", string(day), time.FixedZone("WIB", 7*3600))
		if err != nil {
			t.Fatal(err)
		}
		if h, ok := p.InCharge(at); h.User != want || ok != (want != "") {
			t.Errorf("%s: %q, want %q", day, h.User, want)
		}
	}
}

// TestNames: the name of a day is the last one before it.
func TestNames(t *testing.T) {
	o := Organisation{Names: []Name{{"BBPPKS", "A", "2000-01-01"}, {"B2P3KS", "B", "2010-01-01"}, {"BP2P3KS", "C", "2026-01-01"}}}
	for day, want := range map[Day]string{"1999-01-01": "A", "2009-12-31": "A", "2010-01-01": "B", "2026-11-25": "C"} {
		if got := o.NameOn(day).Short; got != want {
			t.Errorf("%s: %s, want %s", day, got, want)
		}
	}
	if (Organisation{}).NameOn(today) != (Name{}) {
		t.Error("a name of nothing")
	}
}

// catalogued are the keys of a file of the catalogue.
func catalogued(t *testing.T, file string) []string {
	t.Helper()
	words := map[string]string{}
	if err := json.Unmarshal(readCatalogue(t, file), &words); err != nil {
		t.Fatal(err)
	}
	keys := make([]string, 0, len(words))
	for k := range words {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
