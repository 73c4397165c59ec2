package handbook

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/engine/memory"
	"github.com/dampak/dampak/internal/problem"
	"github.com/dampak/dampak/result"
	"github.com/dampak/dampak/run"
)

// The tables on which the pages are held against the program.
func tables(t *testing.T) map[string]string {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	panel := "id,region,stratum,w,year,first,x,domain,y\n"
	for c := range 16 {
		first := []int{0, 2003, 2004, 0}[c%4]
		for u := range 4 {
			x, level := r.NormFloat64(), r.NormFloat64()
			for year := 2001; year <= 2005; year++ {
				panel += fmt.Sprintf("u%d.%d,r%d,s%d,1,%d,%d,%g,d%d,%g\n", c, u, c, c%2, year, first, x+0.3*r.NormFloat64(), u%2, level+0.1*float64(year)+r.NormFloat64())
			}
		}
	}
	regions := "id,year,y\n"
	for u := range 20 {
		level := r.NormFloat64()
		for year := 2001; year <= 2012; year++ {
			regions += fmt.Sprintf("u%d,%d,%g\n", u, year, level+r.NormFloat64())
		}
	}
	trial := "arm,village,x,y\n"
	for c := range 12 {
		for range 6 {
			trial += fmt.Sprintf("%d,v%d,%g,%g\n", c%2, c, r.NormFloat64(), r.NormFloat64())
		}
	}
	files := map[string]string{}
	for name, content := range map[string]string{"did": panel, "synth": regions, "experiment": trial} {
		files[name] = filepath.Join(t.TempDir(), name+".csv")
		if err := os.WriteFile(files[name], []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// ask runs a plan of a method; keys and inference are YAML flow.
func ask(t *testing.T, file, design, keys, inference string) (result.Result, error) {
	t.Helper()
	src := fmt.Sprintf("dampak: 1\nid: page\ndata: {d: d.csv}\ndesign:\n  %s: {%s}\noutcomes: [{column: y}]\ninference: {draws: 99, %s}\n", design, keys, inference)
	study, err := designs.Parse([]byte(src), "plan.yaml")
	if err != nil {
		return result.Result{}, err
	}
	return run.Run(context.Background(), run.Input{Study: study, Sources: []engine.Source{{Name: "d", Path: file}},
		Engine: memory.New(), Version: "test", Now: func() time.Time { return time.Unix(0, 0) }})
}

// basic are keys that every method of a design takes.
var basic = map[string]string{
	"did":        "unit: id, time: year, first_treated: first",
	"synth":      "unit: id, time: year, treated: [u0], first_year: 2010",
	"experiment": "treatment: arm",
}

func keysOf(m designs.Method, more ...string) string {
	all := []string{basic[m.Design]}
	if m.Key != "" {
		all = append(all, m.Key+": "+m.Value)
	}
	return strings.Join(append(all, more...), ", ")
}

type pageTest struct{ files map[string]string }

// refuses tells whether the program refuses, of whatever reason.
func (b *pageTest) refuses(t *testing.T, m designs.Method, keys, inference string) bool {
	t.Helper()
	_, err := ask(t, b.files[m.Design], m.Design, keys, inference)
	if err != nil && problem.Of(err) == nil {
		t.Errorf("%s {%s} {%s}: %v", m.Name, keys, inference, err)
	}
	return err != nil
}

// TestThePagesSayWhatTheProgramDoes: the terms that a method prints, its kinds
// of errors, and the keys that it does not take are those of its page.
func TestThePagesSayWhatTheProgramDoes(t *testing.T) {
	b := &pageTest{tables(t)}
	for _, m := range designs.Methods() {
		r, err := ask(t, b.files[m.Design], m.Design, keysOf(m), "level: 0.95")
		if err != nil {
			t.Errorf("%s: %v", m.Name, err)
			continue
		}
		var terms []string
		for _, e := range r.Estimates {
			if !slices.Contains(terms, e.Term) {
				terms = append(terms, e.Term)
			}
		}
		if !slices.Equal(terms, m.Terms) {
			t.Errorf("%s prints %q, its page has %q", m.Name, terms, m.Terms)
		}
		for _, d := range r.Diagnostics {
			if !slices.Contains(m.Checks(), d.Name) {
				t.Errorf("%s: its page does not speak of the check %s", m.Name, d.Name)
			}
		}
		for _, w := range r.Warnings {
			ruled := slices.ContainsFunc(designs.Rules(), func(r designs.Rule) bool { return r.Check == w.Code })
			if ruled && !slices.Contains(m.Checks(), w.Code) {
				t.Errorf("%s: its page does not speak of the caution %s", m.Name, w.Code)
			}
		}
		for _, vce := range m.Entry().VCE {
			inference := "vce: " + vce
			cluster := "cluster: region"
			switch {
			case m.Design == "experiment" && strings.HasPrefix(vce, "cr"):
				cluster = "cluster: village"
			case m.Design == "experiment", vce == "hc1":
				cluster = ""
			}
			var more []string
			if cluster != "" {
				more = append(more, cluster)
			}
			if got, want := b.refuses(t, m, keysOf(m, more...), inference), !slices.Contains(m.VCE, vce); got != want {
				t.Errorf("%s with vce: %s refuses: %v, its page says %v", m.Name, vce, got, want)
			}
			with := m.VCECovariates
			if with == nil {
				with = m.VCE
			}
			if got, want := b.refuses(t, m, keysOf(m, append(more, "covariates: [x]")...), inference), !slices.Contains(with, vce); got != want {
				t.Errorf("%s with covariates and vce: %s refuses: %v, its page says %v", m.Name, vce, got, want)
			}
		}
		if m.Design != "did" {
			continue
		}
		for key, setting := range map[string]string{"covariates": "covariates: [x]", "panel": "panel: false", "psu": "psu: region", "strata": "strata: stratum", "by": "by: domain", "weights": "weights: w", "cluster": "cluster: region", "window": "window: [2001, 2005]", "anticipation": "anticipation: 1"} {
			if got, want := b.refuses(t, m, keysOf(m, setting), "level: 0.95"), slices.Contains(m.Without, key); got != want {
				t.Errorf("%s with %s refuses: %v, its page says %v", m.Name, setting, got, want)
			}
		}
	}
}
