package demo

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/internal/web"
)

func TestThePlansAreGood(t *testing.T) {
	studies, err := Studies(&Manifest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range studies {
		study, err := designs.Parse(s.Plan, s.PlanFile)
		if _, built := designs.Find("experiment"); s.ID == StudyExperiment && !built {
			t.Log("the design experiment is not in the registry")
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", s.ID, err)
			continue
		}
		if study.Plan.ID != s.ID || study.Plan.Title.ID == study.Plan.Title.EN {
			t.Errorf("%s: id %q, title %+v", s.ID, study.Plan.ID, study.Plan.Title)
		}
	}
}

func TestTheSiteHasTheOfficialFigures(t *testing.T) {
	s, err := Site([]web.Study{{ID: "one"}})
	if err != nil || len(s.Tiles) != 38 || len(s.Studies) != 1 {
		t.Fatalf("%d tiles, %v", len(s.Tiles), err)
	}
	for _, x := range s.Official {
		if x.Indicator == "p0" && x.Region == "35" && x.Period == "2025-09" {
			if *x.Value != 9.3 {
				t.Errorf("%+v", x)
			}
			return
		}
	}
	t.Error("no rate of September 2025")
}

func TestADefaultWorldIsQuicklyMade(t *testing.T) {
	m, err := Make(context.Background(), filepath.Join(t.TempDir(), "w"), Options{Seed: 20200921}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if m.Files[0].Rows != 220_000 {
		t.Errorf("%d rows", m.Files[0].Rows)
	}
	if _, err := os.Stat(filepath.Join(m.Dir, manifestFile)); err != nil {
		t.Error(err)
	}
}
