package answers

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/dampak/dampak/internal/answers/answerstest"
	"github.com/dampak/dampak/internal/i18n"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
	"github.com/dampak/dampak/report"
	"github.com/dampak/dampak/result"
)

const planOfTwo = "dampak: 1\nid: bantuan\nquestion: Apakah bantuan menaikkan belanja?\ndata:\n  data: rumah.csv\ndesign:\n  experiment:\n    treatment: ikut\noutcomes:\n  - column: belanja\n    unit: rupiah\n    better: higher\n"

var noon = time.Date(2026, 11, 25, 5, 0, 0, 0, time.UTC)

// answered is a run with its answer among the contents of a record; edit changes it.
func answered(t *testing.T, gate string, edit func(store.Contents, *study.Run)) Answer {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Dir: t.TempDir(), Now: func() time.Time { return noon }, Migrate: true})
	ok(t, err)
	t.Cleanup(func() { ok(t, s.Close()) })
	kept := s.Contents()
	result, moments := answerstest.Computed(t, planOfTwo)
	x := study.Run{ID: "hitungan", Plan: planOfTwo, Answer: &study.Answer{Result: put(t, kept, result), Moments: put(t, kept, moments), Gate: put(t, kept, []byte(gate)), Version: "uji"}}
	if edit != nil {
		edit(kept, &x)
	}
	a, err := Of(t.Context(), kept, x)
	ok(t, err)
	return a
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, kept store.Contents, text []byte) string {
	t.Helper()
	hash, _, err := kept.Put(t.Context(), bytes.NewReader(text))
	ok(t, err)
	return hash
}

// lines of a text that another has otherwise.
func differ(a, b string) (out []string) {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	if len(x) != len(y) {
		return []string{"another number of lines"}
	}
	for i := range x {
		if x[i] != y[i] {
			out = append(out, x[i])
		}
	}
	return out
}

// TestTheSameReportTwice: from the same moments come the same bytes; a report that is
// printed on another day differs in the line that says when it was printed, and in
// nothing else.
func TestTheSameReportTwice(t *testing.T) {
	first := answered(t, `{"held":[]}`, nil)
	again, err := Of(t.Context(), first.kept, first.Run)
	ok(t, err)
	var pages [3]bytes.Buffer
	for i, in := range []report.Input{first.Report(noon), again.Report(noon), again.Report(noon.AddDate(0, 1, 3))} {
		ok(t, report.HTML(&pages[i], in))
	}
	if pages[0].String() != pages[1].String() {
		t.Errorf("on the same day: %q", differ(pages[0].String(), pages[1].String()))
	}
	other := differ(pages[0].String(), pages[2].String())
	for _, line := range other {
		if !strings.Contains(line, "25 November 2026") {
			t.Errorf("on another day differs: %.300s", line)
		}
	}
	if len(other) == 0 || len(other) > len(i18n.Langs) {
		t.Errorf("%d lines say when it was printed: %q", len(other), other)
	}
	for _, l := range i18n.Langs {
		x, err := first.Workbook(l)
		ok(t, err)
		y, err := again.Workbook(l)
		ok(t, err)
		if !bytes.Equal(x, y) {
			t.Errorf("the workbook in %s is not the same", l)
		}
		x, err = first.Package(l, noon, "Studi", nil)
		ok(t, err)
		y, err = again.Package(l, noon, "Studi", nil)
		ok(t, err)
		if !bytes.Equal(x, y) {
			t.Errorf("the package in %s is not the same", l)
		}
	}
}

// files are those of a data package, after its descriptor was held against them.
func files(t *testing.T, a Answer) (map[string]string, map[string]any) {
	t.Helper()
	b, err := a.Package(i18n.ID, noon, "Studi contoh", []Gone{{Dataset: "Rumah", Version: 1, Day: "2026-11-24", Replacement: 2}})
	ok(t, err)
	from, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	ok(t, err)
	all := map[string]string{}
	for _, f := range from.File {
		r, err := f.Open()
		ok(t, err)
		text, err := io.ReadAll(r)
		ok(t, err)
		all[f.Name] = string(text)
	}
	var descriptor map[string]any
	ok(t, json.Unmarshal([]byte(all["datapackage.json"]), &descriptor))
	for _, x := range descriptor["resources"].([]any) {
		r := x.(map[string]any)
		text := all[r["path"].(string)]
		sum := sha256.Sum256([]byte(text))
		if r["hash"] != "sha256:"+hex.EncodeToString(sum[:]) || r["bytes"] != float64(len(text)) {
			t.Errorf("%s is not what the descriptor says", r["path"])
		}
	}
	if len(descriptor["resources"].([]any)) != len(all)-1 {
		t.Error("a file is not in the descriptor")
	}
	return all, descriptor
}

// TestAPackageRepeats: the package has all that repeats the numbers, and says how.
func TestAPackageRepeats(t *testing.T) {
	a := answered(t, `{"held":[]}`, nil)
	all, descriptor := files(t, a)
	for _, name := range []string{"datapackage.json", "rencana.yaml", "hasil.json", "tabel.xlsx", "laporan.html", "momen.json"} {
		if all[name] == "" {
			t.Errorf("no %s", name)
		}
	}
	if all["rencana.yaml"] != planOfTwo || descriptor["dampak:repeat"] != Repeat || descriptor["title"] != "Studi contoh" || !strings.Contains(all["datapackage.json"], `"replacement": 2`) {
		t.Errorf("%v", descriptor)
	}
}

// TestWhatIsHeldIsNowhere: a number that either gate keeps back is in no form of the
// answer, nor what it could be worked out from; the moments stay too.
func TestWhatIsHeldIsNowhere(t *testing.T) {
	whole := answered(t, `{"held":[]}`, nil)
	e := whole.Leaves()[0]
	var secrets []string // as each of the files writes them
	for _, x := range []*float64{e.SE, e.Lower, e.Upper} {
		secrets = append(secrets, strconv.FormatFloat(*x, 'g', -1, 64)[:8], i18n.Number(i18n.EN, *x, 2), i18n.Number(i18n.ID, *x, 2))
	}
	release := func(kept store.Contents, x *study.Run) {
		held := report.Hold(whole.Result, []string{e.Key})
		var text bytes.Buffer
		ok(t, report.JSON(&text, report.Input{Result: held, Study: whole.Plan}))
		x.Release = &study.Release{Content: put(t, kept, text.Bytes()), Held: []string{e.Key}}
	}
	for name, a := range map[string]Answer{
		"by the checker": answered(t, `{"held":[]}`, release), "by the gate and the checker": answered(t, `{"held":["`+e.Key+`"]}`, release),
	} {
		if a.Whole() || len(a.Leaves()) != 0 {
			t.Errorf("%s: %v", name, a.Leaves())
		}
		all, descriptor := files(t, a)
		if _, has := all["momen.json"]; has || descriptor["dampak:repeat"] != "" {
			t.Errorf("%s: the moments leave", name)
		}
		if strings.Contains(all["laporan.html"], Repeat) || strings.Contains(all["laporan.html"], `<pre class="command">`) {
			t.Errorf("%s: the report names a command that needs them", name)
		}
		all["tabel.xlsx"] = cells(t, all["tabel.xlsx"])
		if !strings.Contains(all["tabel.xlsx"], "belanja") {
			t.Errorf("%s: the workbook says nothing", name)
		}
		for _, file := range numbered {
			if n := said(all[file], secrets); n > 0 {
				t.Errorf("%s: %s has %d of %q", name, file, n, secrets)
			}
		}
	}
	all, _ := files(t, whole)
	all["tabel.xlsx"] = cells(t, all["tabel.xlsx"])
	for _, file := range numbered { // else the above would prove nothing
		if n := said(all[file], secrets); n < 3 {
			t.Errorf("%s has %d of %q where nothing is held", file, n, secrets)
		}
	}
}

// numbered are the files of a package in which numbers stand.
var numbered = []string{"hasil.json", "laporan.html", "tabel.xlsx"}

func said(text string, secrets []string) (n int) {
	for _, x := range secrets {
		if strings.Contains(text, x) {
			n++
		}
	}
	return n
}

// cells are all cells of a workbook.
func cells(t *testing.T, book string) string {
	t.Helper()
	from, err := excelize.OpenReader(strings.NewReader(book))
	ok(t, err)
	var all strings.Builder
	for _, sheet := range from.GetSheetList() {
		rows, err := from.GetRows(sheet, excelize.Options{RawCellValue: true})
		ok(t, err)
		for _, row := range rows {
			all.WriteString(strings.Join(row, " ") + "\n")
		}
	}
	ok(t, from.Close())
	return all.String()
}

// TestWhatAFindingMayRestOn: the numbers that left, with what the plan says of them.
func TestWhatAFindingMayRestOn(t *testing.T) {
	a := answered(t, `{"held":[]}`, func(_ store.Contents, x *study.Run) { x.Release = &study.Release{Content: x.Answer.Result} })
	left, err := Left(a.kept, a.Run)
	ok(t, err)
	if len(left) != 1 || left[0].Key != "belanja/att" || left[0].Of.Unit != "rupiah" || *left[0].Estimate != *a.Leaves()[0].Estimate {
		t.Errorf("%+v", left)
	}
}

// TestWhatTheFirstGateSaid: columns once, what is to be looked at, and nothing where no
// gate was asked; a gate that cannot be read is an error and no silence.
func TestWhatTheFirstGateSaid(t *testing.T) {
	a := answered(t, `{"held":["x"],"public":true,"decisions":[{"output":{"tables":[{"by":["tahun","ikut"]},{"by":["tahun"]}]},"asks":[{"rule":"all-equal","values":{}}]}]}`, nil)
	if g := a.Gate; !slices.Equal(g.Held, []string{"x"}) || !g.Public || !slices.Equal(g.By, []string{"ikut", "tahun"}) || len(g.Asks) != 1 || g.Asks[0].Rule != "all-equal" {
		t.Errorf("%+v", a.Gate)
	}
	if g, err := GateOf(a.kept, study.Run{}); err != nil || g.Public || len(g.Held) > 0 {
		t.Errorf("%+v %v", g, err)
	}
	x := a.Run
	answer := *x.Answer
	answer.Gate = put(t, a.kept, []byte("bukan JSON"))
	x.Answer = &answer
	if _, err := Of(t.Context(), a.kept, x); err == nil {
		t.Error("a gate that nobody can read lets all pass")
	}
	answer.Moments = put(t, a.kept, []byte("bukan momen"))
	if _, err := Of(t.Context(), a.kept, x); len(problem.Of(err)) != 1 || problem.Of(err)[0].Code != "moments-file" {
		t.Errorf("%v", err)
	}
}

// TestRoundedTellsNoExactCount: where the checker chooses rounded counts, no count and
// nothing from which it could be worked out is in any form of the answer; the effect
// stays readable, and the answer itself is untouched.
func TestRoundedTellsNoExactCount(t *testing.T) {
	odd := func(x *result.Result) { // counts that no rounding leaves as they are
		for i := range x.Estimates {
			x.Estimates[i].N, x.Estimates[i].Clusters = 63, result.Int(38)
		}
		x.Data[0].Rows = 131
		x.Warnings = append(x.Warnings, result.Warning{Code: "rows-left-out", Text: result.Text{ID: "7 baris"}, Values: result.Values{"rows": int64(7)}}, result.Warning{Code: "share", Text: result.Text{ID: "sebagian"}, Values: result.Values{"share": 0.21}})
	}
	a := answered(t, `{"held":[]}`, nil)
	odd(&a.Result)
	r := a.Rounded()
	e, exact := r.Result.Estimates[0], a.Result.Estimates[0]
	if e.N != 65 || *e.Clusters != 40 || r.Result.Data[0].Rows != 130 || *e.Estimate != 22 || *e.SE != 3.85 || *e.Lower != 14.3 || *e.Upper != 29.7 {
		t.Errorf("%+v %+v", e, r.Result.Data)
	}
	if exact.N != 63 || *exact.Clusters != 38 || *exact.SE == *e.SE || exact.Details["df"] == nil || a.Result.Data[0].Rows != 131 || len(a.Result.Exhibits) == 0 {
		t.Errorf("the answer itself is rounded: %+v", exact)
	}
	if _, tells := e.Details["df"]; tells || e.Details["adjustment"] == nil || len(r.Result.Exhibits) != 0 {
		t.Errorf("%+v %d", e.Details, len(r.Result.Exhibits))
	}
	for _, d := range r.Result.Diagnostics {
		if d.Statistic != nil || d.DF != nil || d.P != nil || d.Values != nil || strings.ContainsAny(d.Text.ID, "0123456789") {
			t.Errorf("%+v", d)
		}
	}
	w := r.Result.Warnings
	if n := len(w); n < 3 || strings.Contains(w[n-3].Text.ID, "7") || w[n-3].Values != nil || w[n-2].Text.ID != "sebagian" || w[n-1].Code != "counts-rounded" || !strings.Contains(w[n-1].Text.ID, "kelipatan 5") {
		t.Errorf("%+v", w)
	}
	var page bytes.Buffer
	ok(t, report.HTML(&page, r.Report(noon)))
	if !strings.Contains(page.String(), "kelipatan 5") {
		t.Error("the report does not say that it is rounded")
	}
}

// TestWhatLeftRoundedStaysSo: report, workbook and package of a run that left rounded
// are of the rounded answer, without the moments.
func TestWhatLeftRoundedStaysSo(t *testing.T) {
	a := answered(t, `{"held":[]}`, func(kept store.Contents, x *study.Run) {
		whole, err := Of(t.Context(), kept, *x)
		ok(t, err)
		var text bytes.Buffer
		ok(t, report.JSON(&text, whole.Rounded().Report(noon)))
		x.Release = &study.Release{Content: put(t, kept, text.Bytes()), Rounded: true}
	})
	all, descriptor := files(t, a)
	if _, has := all["momen.json"]; has || descriptor["dampak:repeat"] != "" || a.Whole() {
		t.Error("the moments leave")
	}
	all["tabel.xlsx"] = cells(t, all["tabel.xlsx"])
	for _, file := range numbered {
		if strings.Contains(all[file], "3.8461") || strings.Contains(all[file], `"df": 58`) || !strings.Contains(all[file], "3.85") && !strings.Contains(all[file], "3,85") {
			t.Errorf("%s is not rounded", file)
		}
	}
}
