package run

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/dampak/dampak/designs"
	"github.com/dampak/dampak/engine"
	"github.com/dampak/dampak/engine/memory"
)

// TestMeasure finds the components that a world was made of: between units 0.6
// of a variance of 100, of changes 0.3 shared by the units of a cluster.
func TestMeasure(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	table := memory.Table{Columns: []string{"id", "t", "g", "v", "y"}}
	for cluster := range 150 {
		shock := [2]float64{random.NormFloat64(), random.NormFloat64()}
		for k := range 10 {
			unit := math.Sqrt(60) * random.NormFloat64()
			first := ""
			if cluster%4 == 0 {
				first = "2022" // later than the data: a programme that is to come
			}
			for period := range 2 {
				y := 500 + 30*float64(period) + unit + math.Sqrt(40*0.3)*shock[period] + math.Sqrt(40*0.7)*random.NormFloat64()
				table.Rows = append(table.Rows, []string{fmt.Sprint(cluster, "-", k), fmt.Sprint(2020 + period), first, fmt.Sprint(cluster), fmt.Sprint(y)})
			}
		}
	}
	study, err := designs.Parse([]byte("dampak: 1\nid: x\ndata: {p: p.csv}\ndesign:\n  did: {unit: id, time: t, first_treated: g, cluster: v}\noutcomes: [{column: y}]\n"), "p.yaml")
	if err != nil {
		t.Fatal(err)
	}
	session, err := memory.From(map[string]memory.Table{"p": table}).Open(context.Background(), nil, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Measure(context.Background(), session, study, study.Plan.Outcomes[0])
	if err != nil {
		t.Fatal(err)
	}
	near := func(what string, got, want, tol float64) {
		if math.Abs(got-want) > tol {
			t.Errorf("%s %v, want %v", what, got, want)
		}
	}
	near("mean", b.Mean, 515, 1)
	near("sd", b.SD, 10, 0.5)
	near("rho", b.Rho, 0.6, 0.06)
	near("icc", b.ICC, 0.3, 0.07)
	if b.Units != 1500 || b.Clusters != 150 || b.Rows != 3000 || b.Periods != 2 || b.Before != 2 || math.Abs(b.Treated-38.0/150) > 1e-12 {
		t.Errorf("%+v", b)
	}
}

// Clusters that hold both arms are counted; a share is of units.
func TestMeasureMixedClusters(t *testing.T) {
	table := memory.Table{Columns: []string{"id", "t", "g", "v", "y"}}
	for cluster := range 6 {
		for k := range 4 {
			first := ""
			if cluster == 0 || cluster == 1 && k == 0 || cluster == 2 && k < 2 {
				first = "2021"
			}
			for period := range 2 {
				table.Rows = append(table.Rows, []string{fmt.Sprint(cluster, "-", k), fmt.Sprint(2020 + period), first, fmt.Sprint(cluster), fmt.Sprint((7*cluster + 3*k*k + 5*period*k) % 11)})
			}
		}
	}
	study, err := designs.Parse([]byte("dampak: 1\nid: x\ndata: {p: p.csv}\ndesign:\n  did: {unit: id, time: t, first_treated: g, cluster: v}\noutcomes: [{column: y}]\n"), "p.yaml")
	if err != nil {
		t.Fatal(err)
	}
	session, err := memory.From(map[string]memory.Table{"p": table}).Open(context.Background(), nil, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Measure(context.Background(), session, study, study.Plan.Outcomes[0])
	if err != nil {
		t.Fatal(err)
	}
	if b.Clusters != 6 || b.MixedClusters != 2 || b.Treated != 7.0/24 || b.Before != 1 {
		t.Errorf("%+v", b)
	}
}

// TestMeasureBehindAView: rows of other periods, whatever their outcomes and however
// many, change nothing of what is measured within the periods of a view.
func TestMeasureBehindAView(t *testing.T) {
	study, err := designs.Parse([]byte("dampak: 1\nid: x\ndata: {p: p.csv}\ndesign:\n  did: {unit: id, time: t, first_treated: g, cluster: v}\noutcomes: [{column: y}]\n"), "p.yaml")
	if err != nil {
		t.Fatal(err)
	}
	source := engine.Source{Name: "p", View: &engine.View{Rows: []engine.Within{{Column: "t", From: "2018", Until: "2019"}}}}
	measure := func(t *rapid.T, table memory.Table) Baseline {
		session, err := memory.From(map[string]memory.Table{"p": table}).Open(context.Background(), []engine.Source{source}, engine.Options{})
		if err != nil {
			t.Fatal(err)
		}
		b, err := Measure(context.Background(), session, study, study.Plan.Outcomes[0])
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	rapid.Check(t, func(t *rapid.T) {
		alone := memory.Table{Columns: []string{"id", "t", "g", "v", "y"}}
		poisoned := memory.Table{Columns: alone.Columns}
		units := rapid.IntRange(4, 20).Draw(t, "units")
		for i := range units {
			for period := 2016; period <= 2022; period++ {
				row := []string{fmt.Sprint(i), fmt.Sprint(period), "", fmt.Sprint(i % 3), fmt.Sprint(i*i%17 + period%5*i)}
				if period == 2018 || period == 2019 {
					alone.Rows = append(alone.Rows, row)
				} else {
					row[4] = fmt.Sprint(rapid.IntRange(-1000000, 1000000).Draw(t, "poison"))
					row[2] = rapid.SampledFrom([]string{"", "2016", "2021"}).Draw(t, "treated")
					if rapid.Bool().Draw(t, "gone") {
						continue
					}
				}
				poisoned.Rows = append(poisoned.Rows, row)
			}
		}
		if a, b := measure(t, alone), measure(t, poisoned); a != b {
			t.Fatalf("%+v alone, %+v among others", a, b)
		}
	})
}
