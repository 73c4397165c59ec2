package record

import (
	"math"
	"testing"

	"github.com/dampak/dampak/internal/answers"
	"github.com/dampak/dampak/internal/evidence"
	"github.com/dampak/dampak/internal/store"
	"github.com/dampak/dampak/internal/study"
)

// TestTheStudies: one is let out with a finding that everybody reads, one waits for a
// checker, one is registered and was tried on made-up rows, one is being written; and
// what the worker found is near to what the world does to its families.
func TestTheStudies(t *testing.T) {
	s := looked(t)
	ok(t, s.View(t.Context(), func(r *store.Reader) error {
		all, err := store.Runs(r, everybody, store.RunFilter{}, store.Page{})
		if err != nil {
			return err
		}
		stages := map[string]int{}
		for _, x := range all {
			of, _, err := store.StudyOf(r, x.Study)
			if err != nil {
				return err
			}
			kind := "rows"
			if x.Dummy {
				kind = "made up"
			} else if x.Answer != nil && len(x.Answer.Deviations) > 0 {
				t.Errorf("%s: the run deviates: %+v", of.Title, x.Answer.Deviations)
			}
			stages[of.Title+": "+string(x.Stage())+", "+kind]++
		}
		for _, want := range []string{
			permits[3].title + ": released, rows", "Dampak PKH Plus dan ASPD di Enam Kabupaten, Tahap Kedua: requested, rows",
			"Dampak PKH Plus dan ASPD di Enam Kabupaten, Tahap Kedua: done, made up", "Verifikasi Lapangan oleh Dua Petugas di Bangkalan: done, made up",
		} {
			if stages[want] != 1 {
				t.Errorf("%d of %q among %v", stages[want], want, stages)
			}
		}
		states := map[string]string{}
		studies, err := store.Studies(r, everybody, store.Page{})
		if err != nil {
			return err
		}
		for _, x := range studies {
			states[x.Title] = x.State()
		}
		if states[inquiries[3].title] != study.Drafted {
			t.Errorf("the study that is being written is %q", states[inquiries[3].title])
		}
		found, err := store.PublicFindings(r, store.FindingFilter{}, store.Page{})
		if err != nil {
			return err
		}
		if len(found) != 1 || found[0].State() != evidence.Released {
			t.Fatalf("findings for everybody: %+v", found)
		}
		f := found[0]
		x, _, err := store.RunOf(r, f.Run)
		if err != nil {
			return err
		}
		left, err := answers.Left(s.Contents(), x)
		if err != nil {
			return err
		}
		if e := f.Effect; math.Abs(e.Estimate-plusTruth(t)) > 3*e.SE || e.Lower <= 0 {
			t.Errorf("found %v to %v, the world does %v", e.Lower, e.Upper, plusTruth(t))
		}
		if len(left) < 5 || len(f.Applies.Regions) != 3 {
			t.Errorf("%d numbers left, of %v", len(left), f.Applies.Regions)
		}
		return nil
	}))
}

// plusTruth is the mean over the family-years of three kabupaten in which PKH Plus was
// paid until 2023: each wave has the same number of families in each kabupaten.
func plusTruth(t *testing.T) float64 {
	t.Helper()
	var sum, n float64
	for _, code := range []int{3526, 3529, 3510} {
		for first := firstFigures; first < firstFigures+3; first++ {
			for year := first; year <= 2023; year++ {
				sum += plusGain + plusGrowth*float64(year-first) - lateCosts*float64(MonthsLate(code, year))
				n++
			}
		}
	}
	return sum / n
}
