package cooperation_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/dampak/dampak/internal/cooperation"
	"github.com/dampak/dampak/internal/event"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/registry"
)

// TestAgreementRefusals: each rule of agreements by the codes of its problems;
// none: it goes through. No problem of the catalogue is without a row.
func TestAgreementRefusals(t *testing.T) {
	const first = registry.Day("2020-09-21")
	names := pactNames()
	drafts := func(kind string, above *Bound, at registry.Day, change func(*Content)) func() error {
		return func() error {
			_, err := DraftAgreement(Agreement{ID: "n", Kind: kind, Content: with(change)}, above, names, doer("tiwi"), noon(at))
			return err
		}
	}
	asks := func(change func(*Content)) func() error { return drafts("pks", nil, first, change) }
	same := func(*Content) {}
	umbrella := concluded(t, "u", "nota-kesepakatan", nil, pactContent(), first)
	child := concluded(t, "c", "pks", umbrella.bound(), pactContent(), first)
	under := func(change func(*Content)) func() error { return drafts("pks", umbrella.bound(), "2020-10-01", change) }
	amends := func(change func(*Content)) func() error {
		return drafts("addendum", umbrella.bound(), "2020-10-01", change)
	}
	draft := newPact(t, "d", "pks", nil, pactContent(), noon(first))
	proposes := func(change func(*Content)) func() error {
		return func() error {
			p := newPact(t, "d", "pks", nil, with(change), noon(first))
			_, err := p.Propose(names, doer("tiwi"), noon(first))
			return err
		}
	}
	proposed := *draft
	proposed.proposed(noon(first))
	signs := func(organisation string, change func(*Signature, *registry.Position)) func() error {
		return func() error {
			s, seat := onPaper(proposed.Agreement, organisation, first), signSeat(map[string]string{"dinsos": "head-dinsos"}[organisation])
			if organisation != "dinsos" {
				seat = signSeat("head-centre")
			}
			change(&s, &seat)
			_, err := proposed.RecordSignature(s, seat, trusting, who, "naskah kertas disalin", doer("tiwi"), noon("2020-11-20"))
			return err
		}
	}
	half := proposed
	half.signed("dinsos", first)
	checks := func(by event.Actor) func() error {
		return func() error { _, err := half.CheckSignature("dinsos", by, noon(first)); return err }
	}
	numbers := func(n Number, used ...Number) func() error {
		return func() error { _, err := proposed.IssueNumber("dinsos", n, used, "", noon("2020-12-31")); return err }
	}
	const pattern = Pattern("460/<n>/<romawi>.<bulan>/<tahun>")
	numbered := proposed
	numbered.then(proposed.IssueNumber("dinsos", Number{Text: "1/2020", Day: first}, nil, "", noon(first)))
	ends := func(b *pact, day registry.Day, why string) func() error {
		return func() error { _, err := b.Terminate(day, why, doer("ratna"), noon("2021-01-10")); return err }
	}
	ending := *child
	ending.then(child.Terminate("2021-02-01", "disepakati", doer("ratna"), noon("2021-01-01")))
	const after = registry.Day("2023-10-01")
	destroys := func(change func(*Destruction)) func() error {
		return func() error {
			d := Destruction{Day: after, What: "semua baris data terbatas", Who: "Subbagian Data", How: "dihapus dari penyimpanan\ndan cadangannya"}
			change(&d)
			_, err := child.RecordDestruction(d, doer("tiwi"), noon(after))
			return err
		}
	}
	destroyed := *child
	destroyed.then(child.RecordDestruction(Destruction{Day: after, What: "semua", Who: "Data", How: "dihapus"}, doer("tiwi"), noon(after)))
	addendum := newPact(t, "x", "addendum", umbrella.bound(), pactContent(), noon("2023-09-01")).proposed(noon("2023-09-01")).signed("centre", "2023-09-20")
	amended := concluded(t, "y", "addendum", umbrella.bound(), pactContent(), "2020-10-01")
	attaches := func(f File) func() error {
		return func() error { _, err := draft.Attach(f, names, noon(first)); return err }
	}
	full := *draft
	for i := range 40 {
		f := paperFile()
		f.SHA256 = strings.Repeat("0", 62) + string(rune('a'+i/16)) + string("0123456789abcdef"[i%16])
		full.then(full.Attach(f, names, noon(first)))
	}
	runs := "35780" + "12345678901" // sixteen digits: what an identity number looks like
	many := slices.Repeat([]string{"x"}, 27)

	rows := []struct {
		what, codes string
		do          func() error
	}{
		{"an agreement", "", asks(same)},
		{"about nothing", "blank-about", asks(func(c *Content) { c.About = " " })},
		{"no such kind", "agreement-kind", drafts("mou", nil, first, same)},
		{"a backward period", "period", asks(func(c *Content) { c.Scope.Period.Until = "2020-09-20" })},
		{"of one day", "", asks(func(c *Content) { c.Scope.Period.Until = first })},
		{"until 31 September", "day", asks(func(c *Content) { c.Scope.Period.Until = "2023-09-31" })},
		{"of a day in another spelling", "day", asks(func(c *Content) { c.Day = "21-09-2020" })},
		{"an identity number in the subject", "text-identity", asks(func(c *Content) { c.About = "Data " + runs })},
		{"in the place", "text-identity", asks(func(c *Content) { c.Place = runs })},
		{"in a consideration", "text-identity", asks(func(c *Content) { c.Considerations[1] = runs })},
		{"in a legal basis", "text-identity", asks(func(c *Content) { c.LegalBases[0] = runs })},
		{"in a title", "text-identity", asks(func(c *Content) { c.Articles[0].Title = runs })},
		{"in a paragraph", "text-identity", asks(func(c *Content) { c.Articles[0].Paragraphs[0] = "a " + runs })},
		{"an article without title", "blank-article", asks(func(c *Content) { c.Articles[1].Title = "" })},
		{"an empty line of the form", "", asks(func(c *Content) { c.Articles = append(c.Articles, Article{" ", []string{""}}) })},
		{"too many considerations", "agreement-many", asks(func(c *Content) { c.Considerations = many })},
		{"too many paragraphs", "agreement-many", asks(func(c *Content) { c.Articles[0].Paragraphs = many })},
		{"too many articles", "agreement-many", asks(func(c *Content) { c.Articles = slices.Repeat(c.Articles, 21) })},
		{"too many parties", "agreement-many", asks(func(c *Content) { c.Parties = slices.Repeat(c.Parties, 4) })},
		{"a party that is not registered", "agreement-organisation-unknown", asks(func(c *Content) { c.Parties[0].Organisation = "x" })},
		{"a party twice", "agreement-party-twice", asks(func(c *Content) { c.Parties[1] = c.Parties[0] })},
		{"a position of the other party", "agreement-position", asks(func(c *Content) { c.Parties[0].Position = "head-dinsos" })},
		{"no such programme", "agreement-programme-unknown", asks(func(c *Content) { c.Scope.Programmes = []string{"x"} })},
		{"no such dataset", "agreement-dataset-unknown", asks(func(c *Content) { c.Scope.Datasets[0].Dataset = "x" })},
		{"no such column", "agreement-column-unknown", asks(func(c *Content) { c.Scope.Datasets[1].Columns = []string{"nik"} })},
		{"no such purpose", "agreement-purpose-unknown", asks(func(c *Content) { c.Scope.Purposes = []string{"marketing"} })},
		{"no such region", "region-unknown", asks(func(c *Content) { c.Scope.Regions = []string{"3599"} })},
		{"a silence of 61 days", "agreement-days", asks(func(c *Content) { c.Terms.SilenceDays = 61 })},
		{"a release of -1 days", "agreement-days", asks(func(c *Content) { c.Terms.ReleaseDays = -1 })},
		{"a report at once", "agreement-days", asks(func(c *Content) { c.Terms.ReportDays = 0 })},

		{"an addendum to nothing", "agreement-amends-nothing", drafts("addendum", nil, first, same)},
		{"a plan of work under nothing", "agreement-needs-parent", drafts("rencana-kerja", nil, first, same)},
		{"an umbrella under an agreement", "agreement-cannot-stand", drafts("nota-kesepakatan", child.bound(), "2020-10-01", same)},
		{"an addendum to an addendum", "agreement-cannot-amend", drafts("addendum", amended.bound(), "2020-10-01", same)},
		{"a child as wide as its parent", "", under(same)},
		{"a child within it", "", under(func(c *Content) {
			c.Scope.Regions, c.Scope.Datasets[0].Columns, c.Scope.Period.Until = []string{"3507", "3578"}, []string{"p0"}, "2023-09-20"
		})},
		{"a programme more", "agreement-outside-programmes", under(func(c *Content) { c.Scope.Programmes = append(c.Scope.Programmes, "other") })},
		{"a wider region", "agreement-outside-regions", under(func(c *Content) { c.Scope.Regions = []string{registry.Nation} })},
		{"a dataset more", "agreement-outside-datasets", under(func(c *Content) { c.Scope.Datasets = append(c.Scope.Datasets, Columns{"other", []string{"x"}}) })},
		{"a column more", "agreement-outside-columns", under(func(c *Content) { c.Scope.Datasets[1].Columns = []string{"age", "received"} })},
		{"all columns for three", "agreement-outside-columns-all", under(func(c *Content) { c.Scope.Datasets[1].Columns = []string{All, "age"} })},
		{"a day longer", "agreement-outside-period", under(func(c *Content) { c.Scope.Period.Until = "2023-09-22" })},
		{"a day earlier", "agreement-outside-period", under(func(c *Content) { c.Scope.Period.From = "2020-09-20" })},
		{"everything outside", "agreement-outside-programmes agreement-outside-regions agreement-outside-datasets agreement-outside-columns agreement-outside-purpose-methods agreement-outside-purpose-monitoring agreement-outside-purpose-planning agreement-outside-purpose-targeting agreement-outside-period", under(func(c *Content) {
			c.Scope = Scope{
				Programmes: []string{"other"}, Regions: []string{registry.Nation}, Datasets: []Columns{{"recipients", []string{"received"}}, {"other", []string{"x"}}},
				Purposes: Purposes, Period: registry.Period{From: "2019-01-01", Until: "2025-01-01"},
			}
		})},
		{"two more purposes", "agreement-outside-purpose-evaluation agreement-outside-purpose-utilisation", func() error {
			p := concluded(t, "p", "nota-kesepakatan", nil, with(func(c *Content) { c.Scope.Purposes = []string{"planning"} }), first)
			return drafts("pks", p.bound(), first, same)()
		}},
		{"a child after the end", "agreement-parent-over", drafts("pks", umbrella.bound(), "2023-09-22", same)},
		{"a child of a draft", "", drafts("rencana-kerja", draft.bound(), first, same)},
		{"proposing it", "agreement-parent-not-yet", func() error {
			p := newPact(t, "r", "rencana-kerja", draft.bound(), pactContent(), noon(first))
			_, err := p.Propose(names, doer("tiwi"), noon(first))
			return err
		}},
		{"an edit that leaves the parent's scope", "agreement-outside-regions", func() error {
			p := newPact(t, "r", "pks", umbrella.bound(), pactContent(), noon("2020-10-01"))
			_, err := p.Edit(with(func(c *Content) { c.Scope.Regions = []string{registry.Nation} }), names, noon("2020-10-01"))
			return err
		}},
		{"an addendum", "", amends(func(c *Content) { c.Scope.Programmes = append(c.Scope.Programmes, "other") })},
		{"of a child beyond the umbrella", "agreement-outside-programmes", drafts("addendum", child.bound(), "2020-10-01", func(c *Content) { c.Scope.Programmes = append(c.Scope.Programmes, "other") })},
		{"of other parties", "agreement-addendum-parties", amends(func(c *Content) { c.Parties[1] = Party{Organisation: "bps"} })},
		{"of one party", "agreement-addendum-parties", amends(func(c *Content) { c.Parties = c.Parties[:1] })},
		{"beginning after the end", "agreement-addendum-late", amends(func(c *Content) { c.Scope.Period = registry.Period{From: "2023-09-22", Until: "2024-09-22"} })},
		{"an addendum after the end", "agreement-amended-over", drafts("addendum", umbrella.bound(), "2023-09-22", same)},
		{"to a draft", "agreement-amended-not-yet", drafts("addendum", draft.bound(), first, same)},
		{"proposed after the end", "agreement-amended-over", func() error {
			p := newPact(t, "x", "addendum", umbrella.bound(), pactContent(), noon("2023-09-01"))
			_, err := p.Propose(names, doer("tiwi"), noon("2023-09-22"))
			return err
		}},
		{"edited after the end", "agreement-amended-over", func() error {
			p := newPact(t, "x", "addendum", umbrella.bound(), pactContent(), noon("2023-09-01"))
			_, err := p.Edit(with(func(c *Content) { c.About = "x" }), names, noon("2023-09-22"))
			return err
		}},
		{"signed on the last day", "", func() error {
			_, err := addendum.RecordSignature(onPaper(addendum.Agreement, "dinsos", first), signSeat("head-dinsos"), trusting, who, "naskah kertas disalin", doer("tiwi"), noon("2023-09-21"))
			return err
		}},
		{"signed after the end", "agreement-amended-over", func() error {
			_, err := addendum.RecordSignature(onPaper(addendum.Agreement, "dinsos", first), signSeat("head-dinsos"), trusting, who, "naskah kertas disalin", doer("tiwi"), noon("2023-09-22"))
			return err
		}},
		{"checked after the end", "agreement-amended-over", func() error {
			_, err := addendum.CheckSignature("centre", doer("joko"), noon("2023-09-22"))
			return err
		}},

		{"an edit that changes nothing", "agreement-unchanged", func() error { _, err := numbered.Edit(pactContent(), names, noon(first)); return err }},
		{"an edit by an identity number", "text-identity", func() error {
			_, err := draft.Edit(with(func(c *Content) { c.About = runs }), names, noon(first))
			return err
		}},
		{"an edit of the concluded", "agreement-concluded", func() error {
			p := concluded(t, "f", "pks", nil, with(func(c *Content) { c.Scope.Period.From = "2021-01-01" }), first)
			_, err := p.Edit(pactContent(), names, noon(first))
			return err
		}},
		{"a document", "", attaches(paperFile())},
		{"without content", "file-missing", attaches(File{Name: "a.pdf", Type: "application/pdf", Bytes: 1})},
		{"with a path", "file-name", attaches(func() File { f := paperFile(); f.Name = "../a.pdf"; return f }())},
		{"without a name", "file-name", attaches(func() File { f := paperFile(); f.Name = ""; return f }())},
		{"named by an identity number", "text-identity", attaches(func() File { f := paperFile(); f.Name = runs + ".pdf"; return f }())},
		{"a document twice", "agreement-document-twice", func() error {
			p := *draft
			p.then(draft.Attach(paperFile(), names, noon(first)))
			_, err := p.Attach(paperFile(), names, noon(first))
			return err
		}},
		{"the 41st document", "agreement-many", func() error { _, err := full.Attach(paperFile(), names, noon(first)); return err }},
		{"a document that is not there", "agreement-document-unknown", func() error { _, err := draft.Detach(paperFile().SHA256, names, noon(first)); return err }},

		{"a text", "", proposes(same)},
		{"an empty one", "agreement-lacks-parties agreement-lacks-articles agreement-lacks-programmes agreement-lacks-regions agreement-lacks-datasets agreement-lacks-purposes agreement-lacks-from agreement-lacks-until", proposes(func(c *Content) {
			*c = Content{About: "x", Terms: DefaultTerms()}
		})},
		{"without signatory", "agreement-lacks-positions", proposes(func(c *Content) { c.Parties[0].Position = "" })},
		{"an article without text", "agreement-lacks-paragraphs", proposes(func(c *Content) { c.Articles[1].Paragraphs = nil })},
		{"a dataset that left the register", "agreement-dataset-unknown", func() error {
			fewer := pactNames()
			delete(fewer.Datasets, "poverty")
			_, err := draft.Propose(fewer, doer("tiwi"), noon(first))
			return err
		}},

		{"a signature", "", signs("dinsos", func(*Signature, *registry.Position) {})},
		{"of the definitive holder", "", signs("centre", func(*Signature, *registry.Position) {})},
		{"of who is no party", "agreement-not-party", signs("bps", func(*Signature, *registry.Position) {})},
		{"a party twice", "signature-twice", func() error {
			_, err := half.RecordSignature(onPaper(half.Agreement, "dinsos", first), signSeat("head-dinsos"), trusting, who, "naskah kertas disalin", doer("tiwi"), noon(first))
			return err
		}},
		{"one person for both", "signature-other-party", func() error {
			s := onPaper(half.Agreement, "centre", first)
			s.User = "bagas"
			_, err := half.RecordSignature(s, signSeat("head-centre"), trusting, who, "naskah kertas disalin", doer("tiwi"), noon(first))
			return err
		}},
		{"of another text", "signature-other-text", signs("dinsos", func(s *Signature, _ *registry.Position) { s.Text = strings.Repeat("0", 64) })},
		{"on no day", "day", signs("dinsos", func(s *Signature, _ *registry.Position) { s.Day = "" })},
		{"of tomorrow", "signature-future", signs("dinsos", func(s *Signature, _ *registry.Position) { s.Day = "2020-11-21" })},
		{"from another position", "signature-position", signs("dinsos", func(_ *Signature, p *registry.Position) { p.ID = "other" })},
		{"of somebody else", "signature-no-holder", signs("dinsos", func(s *Signature, _ *registry.Position) { s.User = "tiwi" })},
		{"on the last day of the mandate", "", signs("dinsos", func(s *Signature, _ *registry.Position) { s.Day = "2020-10-31" })},
		{"of an expired mandate", "signature-mandate", signs("dinsos", func(s *Signature, _ *registry.Position) { s.Day = "2020-11-01" })},
		{"before the mandate", "signature-mandate", signs("dinsos", func(s *Signature, _ *registry.Position) { s.Day = "2020-08-31" })},
		{"of a mandate that was cut short", "signature-mandate", signs("dinsos", func(_ *Signature, p *registry.Position) {
			at := noon("2020-09-15")
			p.Holdings[0].Ended, p.Holdings[0].Last = &at, "2020-09-15"
		})},
		{"of a Plt. whom the office does not let sign", "signing-agreement", func() error {
			_, err := proposed.RecordSignature(onPaper(proposed.Agreement, "dinsos", first), signSeat("head-dinsos"), registry.DefaultSigning(), who, "naskah kertas disalin", doer("tiwi"), noon(first))
			return err
		}},
		{"in no way", "signature-way", signs("dinsos", func(s *Signature, _ *registry.Position) { s.Way = "click" })},
		{"on one original", "signature-originals", signs("dinsos", func(s *Signature, _ *registry.Position) { s.Originals = 1 })},
		{"without meterai", "signature-meterai", signs("dinsos", func(s *Signature, _ *registry.Position) { s.Meterai = false })},
		{"without scan", "file-missing", signs("dinsos", func(s *Signature, _ *registry.Position) { s.File = File{} })},
		{"a scan that is a sheet", "signature-scan", signs("dinsos", func(s *Signature, _ *registry.Position) { s.File.Type = "text/csv" })},
		{"certified", "", signs("dinsos", func(s *Signature, _ *registry.Position) { s.Way, s.Issuer = Certified, "BSrE" })},
		{"by no issuer", "blank-issuer", signs("dinsos", func(s *Signature, _ *registry.Position) { s.Way = Certified })},
		{"as a picture", "signature-pdf", signs("dinsos", func(s *Signature, _ *registry.Position) {
			s.Way, s.Issuer, s.File.Type = Certified, "BSrE", "image/png"
		})},

		{"checked by a second person", "", checks(doer("joko"))},
		{"by who recorded it", "signature-own-record", checks(doer("tiwi"))},
		{"by the signatory", "signature-own", checks(doer("bagas"))},
		{"of who has not signed", "signature-none", func() error { _, err := half.CheckSignature("centre", doer("joko"), noon(first)); return err }},
		{"twice", "signature-checked", func() error {
			p := half
			p.checked("dinsos", noon(first))
			_, err := p.CheckSignature("dinsos", doer("joko"), noon(first))
			return err
		}},
		{"from one command line under two names", "signature-own-record", func() error {
			p := proposed
			line := event.Actor{User: "a", Via: event.CommandLine, Through: "root", Capacity: event.LocalAdministrator}
			p.then(proposed.RecordSignature(onPaper(p.Agreement, "dinsos", first), signSeat("head-dinsos"), trusting, who, "naskah kertas disalin", line, noon(first)))
			line.User = "b"
			_, err := p.CheckSignature("dinsos", line, noon(first))
			return err
		}},
		{"refused without reason", "blank-reason", func() error { _, err := half.RefuseSignature("dinsos", " ", noon(first)); return err }},
		{"refused", "", func() error { _, err := half.RefuseSignature("dinsos", "pindaian terpotong", noon(first)); return err }},

		{"a number", "", numbers(Number{Text: "460/217/2020", Day: first})},
		{"no number", "blank-number", numbers(Number{Day: first})},
		{"without day", "day", numbers(Number{Text: "1"})},
		{"of tomorrow", "number-future", numbers(Number{Text: "1", Day: "2021-01-01"})},
		{"an identity number", "text-identity", numbers(Number{Text: runs, Day: first})},
		{"used this year", "number-used", numbers(Number{Text: " 460/217/dinsos ", Day: first}, Number{Text: "460/217/DINSOS", Day: "2020-01-02"})},
		{"used another year", "", numbers(Number{Text: "460/217", Day: first}, Number{Text: "460/217", Day: "2019-12-31"})},
		{"after a gap", "", numbers(Number{Text: "999", Day: first}, Number{Text: "1", Day: first})},
		{"in the office's form", "", numbers(Number{Text: "460/217/IX.09/2020", Day: first, Pattern: pattern})},
		{"in another", "number-pattern", numbers(Number{Text: "460/217/X.09/2020", Day: first, Pattern: pattern})},
		{"of another year", "number-pattern", numbers(Number{Text: "460/217/IX.09/2021", Day: first, Pattern: pattern})},
		{"with more behind it", "number-pattern", numbers(Number{Text: "460/217/IX.09/2020/x", Day: first, Pattern: pattern})},
		{"of who is no party", "agreement-not-party", func() error {
			_, err := proposed.IssueNumber("bps", Number{Text: "1", Day: first}, nil, "", noon(first))
			return err
		}},
		{"a second number", "agreement-numbered", func() error {
			_, err := numbered.IssueNumber("dinsos", Number{Text: "2/2020", Day: first}, nil, "", noon(first))
			return err
		}},
		{"a number again after an edit", "number-used", func() error {
			p := numbered
			p.then(numbered.Edit(with(func(c *Content) { c.About = "Lain" }), names, noon(first))).proposed(noon(first))
			_, err := p.IssueNumber("dinsos", Number{Text: "1/2020", Day: "2020-12-01"}, nil, "", noon("2020-12-01"))
			return err
		}},
		{"a number again after an edit, its day in another year", "number-used", func() error {
			p := numbered
			p.then(numbered.Edit(with(func(c *Content) { c.About = "Lain" }), names, noon(first))).proposed(noon(first))
			_, err := p.IssueNumber("dinsos", Number{Text: "1 / 2020", Day: "2021-01-04"}, nil, "", noon("2021-01-04"))
			return err
		}},
		{"a number spelt with blanks", "number-used", numbers(Number{Text: "1 /2020", Day: first}, Number{Text: "1/ 2020", Day: first})},
		{"a number of before the text, without a reason", "recorded-later", numbers(Number{Text: "7/2020", Day: first.Add(-1)})},
		{"a number of before the text", "", func() error {
			p := proposed
			p.then(proposed.IssueNumber("dinsos", Number{Text: "7/2020", Day: first.Add(-1)}, nil, " disalin dari naskah kertas ", noon(first)))
			if n := p.Agreement.Parties[1].Number; !n.RecordedLater() || n.Later != "disalin dari naskah kertas" {
				t.Errorf("%+v", n)
			}
			return nil
		}},
		{"a signature of before the text, without a reason", "recorded-later", func() error {
			_, err := proposed.RecordSignature(onPaper(proposed.Agreement, "dinsos", first.Add(-1)), signSeat("head-dinsos"), trusting, who, " ", doer("tiwi"), noon(first))
			return err
		}},
		{"a signature of before the text", "", func() error {
			p := proposed
			p.then(proposed.RecordSignature(onPaper(p.Agreement, "dinsos", first.Add(-1)), signSeat("head-dinsos"), trusting, who, "naskah kertas disalin", doer("tiwi"), noon(first)))
			if s := p.Agreement.Signatures[0]; !s.RecordedLater() {
				t.Errorf("%+v", s)
			}
			return nil
		}},
		{"no pattern", "", Pattern("").Check},
		{"a pattern", "", pattern.Check},
		{"with an unknown place", "pattern-place", Pattern("<n>/<hari>").Check},
		{"without digits", "pattern-number", Pattern("460/<tahun>").Check},
		{"with half a place", "pattern-number", Pattern("<n>/<").Check},

		{"ending without reason", "blank-reason", ends(child, "2021-02-01", "")},
		{"without day", "day", ends(child, "", "x")},
		{"from yesterday on", "agreement-terminate-past", ends(child, "2021-01-09", "x")},
		{"from today on", "", ends(child, "2021-01-10", "x")},
		{"after the last day", "agreement-terminate-late", ends(child, "2023-09-22", "x")},
		{"twice", "agreement-terminates", ends(&ending, "2021-01-20", "x")},
		{"an addendum", "agreement-addendum-terminate", ends(amended, "2021-02-01", "x")},
		{"before all have signed", "agreement-not-concluded", func() error { _, err := half.Terminate(first, "x", doer("ratna"), noon(first)); return err }},
		{"noting the end twice", "agreement-end-recorded", func() error {
			p := *child
			p.then(child.RecordExpiry(noon(after)))
			_, err := p.RecordExpiry(noon(after))
			return err
		}},
		{"destroyed", "", destroys(func(*Destruction) {})},
		{"with minutes", "", destroys(func(d *Destruction) { f := paperFile(); d.File = &f })},
		{"with minutes without content", "file-missing", destroys(func(d *Destruction) { d.File = &File{Name: "a.pdf"} })},
		{"nothing", "blank-destroyed-what", destroys(func(d *Destruction) { d.What = "" })},
		{"by nobody", "blank-destroyed-who", destroys(func(d *Destruction) { d.Who = "" })},
		{"in no way", "blank-destroyed-how", destroys(func(d *Destruction) { d.How = "" })},
		{"on no day", "day", destroys(func(d *Destruction) { d.Day = "" })},
		{"before the end", "agreement-destroyed-day", destroys(func(d *Destruction) { d.Day = "2023-09-21" })},
		{"tomorrow", "agreement-destroyed-day", destroys(func(d *Destruction) { d.Day = after.Add(1) })},
		{"twice", "agreement-destroyed", func() error {
			_, err := destroyed.RecordDestruction(Destruction{Day: after}, doer("tiwi"), noon(after))
			return err
		}},
	}
	met := map[string]bool{}
	for _, r := range rows {
		var found []string
		err := r.do()
		for _, p := range problem.Of(err) {
			found = append(found, p.Code)
			met[p.Code] = true
			for _, l := range i18n.Langs {
				if text := p.Text(l); strings.ContainsAny(text, "{}[]") || strings.Contains(text, runs) {
					t.Errorf("%s: %s", r.what, text)
				}
			}
		}
		if got := strings.Join(found, " "); got != r.codes || (err != nil) != (r.codes != "") {
			t.Errorf("%s: %q (%v), want %q", r.what, got, err, r.codes)
		}
	}
	for _, c := range agreementCodes(t) {
		if !met[c] && !strings.HasPrefix(c, "state-agreement-") { // those are met in TestAgreementLife
			t.Errorf("no row is refused with %q", c)
		}
	}
}

// TestRefusedSignature: the agreement waits for it again.
func TestRefusedSignature(t *testing.T) {
	day := registry.Day("2020-09-21")
	p := newPact(t, "a", "pks", nil, pactContent(), noon(day)).proposed(noon(day)).signed("dinsos", day)
	s, ok := p.Agreement.Signature("dinsos")
	if !ok || s.Capacity != event.Plt || s.Mandate != "821.2/0917/204.4/2020" || s.Position != "head-dinsos" || s.Recorded.User != "tiwi" || !s.Recorded.At.Equal(noon(day)) {
		t.Errorf("%+v", s)
	}
	p.then(p.RefuseSignature("dinsos", "pindaian terpotong", noon(day).Add(time.Hour)))
	if s := p.StateAt(noon(day).Add(time.Hour)); s != AgreementProposed {
		t.Error(s)
	}
	p.signed("dinsos", day)
}
